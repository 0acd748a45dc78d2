import { planReview, renderAnswer } from '@gofleet/controller/answer-review';
import { isSent } from '@gofleet/inject/webhook-configuration';
import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import {
  makeBinary,
  makeBuild,
  makeReadyRuntime,
  makeRuntime,
  rolledOut,
} from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { injectManifests } from './inject-manifests.ts';

const image = 'example.com/operator:v1';
const binary = makeBinary(image);
const sandboxes = { image: 'gofleet:test', hasNativeSidecars: true };

function read(text: string) {
  const document = parseDocument(text, { merge: true });
  return [{ source: 'pod.yaml', document, value: document.toJS() as unknown }];
}

/** What the webhook answers when the API server sends it a pod of this namespace. */
function askWebhook(pod: object, runtimes: readonly ReturnType<typeof makeRuntime>[]): unknown {
  const request = { uid: 'u', namespace: 'demo', operation: 'CREATE', object: pod as never };
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
  const { patch } = renderAnswer(review, planReview(review, runtimes.map(rolledOut), { sandboxes })).response;
  return patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString());
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const container = fc.record(
  {
    name,
    image: fc.constantFrom(image, 'example.com/other:v1'),
    resources: fc.constantFrom({ limits: { memory: '64Mi' } }, {}),
    env: fc.constantFrom([], [{ name: 'GOGC', value: 'off' }]),
    args: fc.array(fc.constantFrom('yes', 'no', '1', '# no comment', '{}')),
    volumeMounts: fc.array(fc.record({ name, mountPath: fc.constantFrom('/data', '/manager', '/') }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: ['name'] },
);
const pods = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: fc.record(
    {
      name,
      labels: fc.constantFrom(
        { app: 'operator' },
        { app: 'other' },
        { app: 'operator', 'gofleet.dev/inject': 'false' },
      ),
      annotations: fc.dictionary(name, name),
    },
    { requiredKeys: ['name', 'labels'] },
  ),
  spec: fc.record(
    {
      containers: fc.uniqueArray(container, { minLength: 1, maxLength: 3, selector: (each) => each.name }),
      volumes: fc.array(fc.record({ name }), { maxLength: 2 }),
    },
    { requiredKeys: ['containers'] },
  ),
});
const wishes = fc.subarray([
  makeRuntime({
    metadata: { name: 'tuned', creationTimestamp: '2025-12-01T00:00:00Z' },
    spec: {
      mode: 'godebug',
      runtime: { goVersion: '>=1.19' },
      godebug: { gcPercent: 'off', memoryLimit: {} },
    },
    status: { binaries: [binary] },
  }),
  makeReadyRuntime(image),
  makeReadyRuntime(image, { metadata: { name: 'young', creationTimestamp: '2026-03-01T00:00:00Z' } }),
  makeRuntime({
    metadata: { name: 'old', creationTimestamp: '2025-03-01T00:00:00Z' },
    spec: { containers: ['a'] },
  }),
  makeRuntime({
    metadata: { name: 'weak' },
    status: { binaries: [binary], builds: [makeBuild(binary, { grade: 'claimed' })] },
  }),
]);

test("for any pod and wishes the command's patch is the webhook's answer, and its YAML is the pod after it", () => {
  fc.assert(
    fc.property(pods, wishes, (given, runtimes) => {
      // The generator gives containers one and the same object, which neither YAML nor a clone would separate.
      const pod = JSON.parse(JSON.stringify(given)) as typeof given;
      const input = { documents: read(stringify(pod)), runtimes, namespace: 'demo' };
      const { objects, documents } = injectManifests(input);
      const answer = askWebhook(pod, runtimes) as Parameters<typeof applyJsonPatch>[1];
      expect(objects[0]?.patch).toEqual(isSent(pod, runtimes) ? answer : []);
      const printed = parseDocument(String(documents[0])).toJS() as unknown;
      expect(printed).toEqual(applyJsonPatch(pod, objects[0]?.patch ?? []));
    }),
  );
});

const deployment = `# the shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    metadata:
      labels: { app: operator } # selected
    spec:
      containers:
        - name: manager
          image: ${image}
          args: ["yes"]
`;

test('the template of a Deployment gets what its pods get; comments and order stay', () => {
  const { objects, documents } = injectManifests({
    documents: read(deployment),
    runtimes: [makeReadyRuntime(image)],
    namespace: 'demo',
  });
  expect(objects[0]).toMatchObject({ kind: 'Deployment', name: 'shop', namespace: 'demo', isSent: true });
  expect(objects[0]?.patch[0]?.path).toBe('/spec/template/spec/volumes');
  const text = String(documents[0]);
  expect(text).toContain('# the shop');
  expect(text).toContain('labels: { app: operator } # selected');
  expect(text).toContain('args: [ "yes" ]');
  expect(text).toContain('mountPath: /manager');
});

test('a wish of another namespace does not count', () => {
  const { objects } = injectManifests({
    documents: read(deployment),
    runtimes: [makeReadyRuntime(image)],
    namespace: 'x',
  });
  expect(objects[0]?.patch).toEqual([]);
  expect(objects[0]?.containers[0]?.reasons).toEqual(['there is no GoRuntime in its namespace']);
});

test('anchors and merge keys are resolved before something is put into one of their places', () => {
  const text = `apiVersion: v1
kind: List
items:
  - &pod
    apiVersion: v1
    kind: Pod
    metadata: { name: a, namespace: demo, labels: { app: operator } }
    spec: { containers: [{ name: manager, image: "${image}", args: ["no"] }] }
  - <<: *pod
    metadata: { name: b, namespace: demo, labels: { app: other } }
`;
  const { documents } = injectManifests({
    documents: read(text),
    runtimes: [makeReadyRuntime(image)],
    namespace: 'demo',
  });
  const { items } = parseDocument(String(documents[0])).toJS() as {
    items: { spec: { volumes?: unknown; containers: unknown[] } }[];
  };
  expect(items.map(({ spec }) => spec.volumes !== undefined)).toEqual([true, false]);
  expect(items[1]?.spec.containers).toEqual([{ name: 'manager', image, args: ['no'] }]);
  expect(String(documents[0])).toContain('"no"');
});

test('words that YAML 1.1 takes for booleans are quoted', () => {
  const tuned = makeRuntime({
    spec: { mode: 'godebug', runtime: { goVersion: '>=1.19' }, godebug: { gcPercent: 'off' } },
    status: { binaries: [binary] },
  });
  const { documents } = injectManifests({
    documents: read(deployment),
    runtimes: [tuned],
    namespace: 'demo',
  });
  expect(String(documents[0])).toContain('value: "off"');
});
