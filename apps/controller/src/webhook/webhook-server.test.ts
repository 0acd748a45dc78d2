import { once } from 'node:events';
import { Agent, request } from 'node:https';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { rolloutValue } from '@gofleet/inject/plan-rollout';
import { wantInjections } from '@gofleet/inject/want-injections';
import { renewCertificates, type WebhookCertificates } from '@gofleet/kube/webhook-certificates';
import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { fakeSha256, makeBinary, makeBuild, makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { createMetrics, type Metrics } from '../metrics.ts';
import type { RuntimesOf } from './answer-review.ts';
import { serveWebhook, type WebhookServer, type WebhookServerOptions } from './webhook-server.ts';

const image = 'example.com/operator:v1';
const serverName = 'gofleet-webhook.gofleet-system.svc';
const sandboxes = { image: 'gofleet:test', hasNativeSidecars: true };
let certificates: WebhookCertificates;
let server: WebhookServer;
let metrics: Metrics;
let logged: string[];
let facts: unknown[];

beforeAll(async () => {
  certificates = await renewCertificates(undefined, { dnsNames: [serverName], now: new Date() });
});
afterEach(() => server.close());

type Fresh = NonNullable<WebhookServerOptions['freshRuntimesOf']>;

async function start(runtimesOf: RuntimesOf, freshRuntimesOf?: Fresh): Promise<void> {
  metrics = createMetrics();
  [logged, facts] = [[], []];
  server = await serveWebhook({
    ...{ port: 0, host: '127.0.0.1', certificate: certificates.serving, runtimesOf, metrics, sandboxes },
    ...(freshRuntimesOf === undefined ? {} : { freshRuntimesOf }),
    log: (_, message, more) => {
      logged.push(message);
      facts.push(more);
    },
  });
}

async function post(
  body: string,
  path = '/mutate?timeout=2s',
  ca = certificates.caBundle,
): Promise<{ status: number; text: string; connection: string | undefined }> {
  const agent = new Agent({ keepAlive: true });
  const sent = request({
    ...{ host: '127.0.0.1', port: server.port, path, ca, agent, method: 'POST' },
    servername: serverName,
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  agent.destroy();
  return { status: response.statusCode, text, connection: response.headers.connection };
}

const pod = { metadata: { labels: { app: 'operator' } }, spec: { containers: [{ name: 'manager', image }] } };
const review = (object: unknown = pod): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u-1', namespace: 'demo', operation: 'CREATE', object },
  });

test('a selected pod is answered with a patch that mounts the artefact', async () => {
  await start((namespace) => (namespace === 'demo' ? [makeReadyRuntime(image)] : []));
  const { status, text } = await post(review());
  const { response } = JSON.parse(text);
  expect([status, response.uid, response.allowed, response.patchType]).toEqual([
    200,
    'u-1',
    true,
    'JSONPatch',
  ]);
  const patched = applyJsonPatch(pod, JSON.parse(Buffer.from(response.patch, 'base64').toString()));
  expect(JSON.stringify(patched)).toContain('"mountPath":"/manager"');
  expect(metrics.render()).toContain('gofleet_admission_reviews_total{result="injected"} 1');
});

test('one line tells which builds a patched pod will run', async () => {
  const runtime = makeReadyRuntime(image);
  const builds = (runtime.status?.builds ?? []).map((build) => ({ ...build, buildId: 'q/r/s/t' }));
  await start(() => [{ ...runtime, status: { ...runtime.status, builds } }]);
  await post(review({ ...pod, metadata: { ...pod.metadata, generateName: 'operator-7d4b9-' } }));
  await post(review({ ...pod, metadata: { labels: { app: 'other' } } }));
  expect(logged).toEqual(['pod patched']);
  expect(facts).toMatchObject([
    {
      ...{ namespace: 'demo', pod: 'operator-7d4b9-…' },
      injections: [
        {
          ...{ container: 'manager', artefact: builds[0]?.artefact, goVersion: 'go1.26.8' },
          ...{ buildId: 'q/r/s/t', fingerprint: 'e3b0c44298fc' },
        },
      ],
    },
  ]);
});

test('a pod that needs nothing is let in as it is', async () => {
  await start(() => []);
  expect(JSON.parse((await post(review())).text).response).toEqual({ uid: 'u-1', allowed: true });
});

test('whatever goes wrong inside, the pod is let in as it is', async () => {
  await start(() => {
    throw new Error('broken');
  });
  const { status, text } = await post(review());
  expect([status, JSON.parse(text).response]).toEqual([200, { uid: 'u-1', allowed: true }]);
  expect(metrics.render()).toContain('result="error"} 1');
  expect(logged).toEqual(['review failed; the pod is let in as it is']);
});

test('pods of unexpected shape are let in', async () => {
  await start(() => [makeReadyRuntime(image)]);
  for (const object of [{}, { spec: {} }, { metadata: null, spec: { containers: null } }, 7, 'x', []])
    expect(JSON.parse((await post(review(object))).text).response).toMatchObject({ allowed: true });
});

test('what is no review is refused, too large a body too', async () => {
  await start(() => []);
  expect((await post('{')).status).toBe(400);
  expect((await post('[]')).status).toBe(400);
  expect((await post('{"request":{}}')).status).toBe(400);
  expect((await post('{"request":{"uid":"u","namespace":"x/../../pods?a="}}')).status).toBe(400);
  expect((await post(review(), '/other')).status).toBe(404);
  expect((await post(`"${'x'.repeat(3 * 1024 * 1024)}"`)).status).toBe(413);
});

test('a review of nearly 3 MB is answered as any other, and so are hostile labels, annotations and names', async () => {
  await start(() => [makeReadyRuntime(image)]);
  const filler = 'x'.repeat(2_900_000);
  const hostile = {
    metadata: {
      labels: { ...pod.metadata.labels, __proto__: 'x', constructor: '\u0000', 'a/~1~0b': '"}]' },
      annotations: {
        'gofleet.dev/injected': '[{"container":"__proto__","artefact":"x","runtime":1}]',
        'gofleet.dev/understands': '=--,env:,\u2028maxConcurrentReconciles=--x;rm',
      },
    },
    spec: { ...pod.spec, containers: pod.spec.containers.map((each) => ({ ...each, args: [filler] })) },
  };
  const { status, text } = await post(review(hostile));
  const { response } = JSON.parse(text);
  expect([status, response.allowed]).toEqual([200, true]);
  const patched = applyJsonPatch(hostile, JSON.parse(Buffer.from(response.patch, 'base64').toString()));
  expect(patched).toMatchObject({ metadata: { labels: hostile.metadata.labels } });
  expect(JSON.stringify(patched)).toContain('"mountPath":"/manager"');
});

test('a review of a hundred thousand brackets is refused or let in, and the next one is answered', async () => {
  await start(() => [makeReadyRuntime(image)]);
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect((await post(deep)).status).toBe(400);
  const nested = review().replace('"operator"', deep);
  expect(JSON.parse((await post(nested)).text).response).toMatchObject({ allowed: true });
  expect(JSON.parse((await post(review())).text).response.patchType).toBe('JSONPatch');
});

test('a pod of a roll-out that memory does not know is decided by what the API server says now, when it says it', async () => {
  const [older, newer] = ['1.25.3', '1.26.8'].map((goVersion) => {
    const build = makeBuild(makeBinary(image), {
      goVersion: `go${goVersion}`,
      artefact: fakeSha256(goVersion),
    });
    const resolution = { requested: goVersion, goVersion: `go${goVersion}` };
    const status = { builds: [build], resolution };
    return makeReadyRuntime(image, { spec: { runtime: { goVersion } }, status });
  }) as [GoRuntime, GoRuntime];
  const rollout = rolloutValue(wantInjections(pod, [newer]).injections);
  const rolled = { ...pod, metadata: { ...pod.metadata, annotations: { 'gofleet.dev/rollout': rollout } } };
  let answers: (readonly GoRuntime[] | undefined)[] = [];
  let asked = 0;
  const connections: (string | undefined)[] = [];
  await start(
    () => [older],
    async () => {
      asked += 1;
      return answers.shift();
    },
  );
  const given = async (object: object): Promise<string> => {
    const { text, connection } = await post(review(object));
    connections.push(connection);
    const { response } = JSON.parse(text);
    return Buffer.from(response.patch ?? '', 'base64').toString();
  };
  expect(await given(pod)).toContain(fakeSha256('1.25.3'));
  expect(asked).toBe(0);
  answers = [[newer], undefined, []];
  expect(await given(rolled)).toContain(fakeSha256('1.26.8'));
  expect(await given(rolled)).toContain(fakeSha256('1.25.3'));
  expect(await given(rolled)).toBe('');
  expect(asked).toBe(3);
  // Who cannot know is not asked again on the same connection.
  expect(connections).toEqual(['keep-alive', 'keep-alive', 'close', 'keep-alive']);
});

test('a renewed certificate is used by the next connection', async () => {
  await start(() => []);
  const next = await renewCertificates(undefined, { dnsNames: [serverName], now: new Date() });
  server.useCertificate(next.serving);
  expect((await post(review(), '/mutate', next.caBundle)).status).toBe(200);
  await expect(post(review())).rejects.toThrow();
});
