import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/** A webhook to be asked. */
export interface Target {
  readonly port: number;
  /** PEM. */
  readonly caBundle: string;
  readonly serverName: string;
}

/** What was sent, in ms each. */
export interface Sent {
  /** From sending to the whole answer. */
  readonly tookMs: readonly number[];
  /** How late the sender itself was, which is no fault of the server. */
  readonly lateMs: readonly number[];
}

/** A review as an API server sends it for a pod of a Deployment: some 8 KiB. */
function renderReview(number: number): string {
  const at = number % 100;
  const env = Array.from({ length: 60 }, (_, index) => ({ name: `SETTING_${index}`, value: 'v'.repeat(40) }));
  const container = {
    name: 'manager',
    image: `registry.example/team/app-${at}-${number % 10}:v1.4.${number % 10}`,
    args: ['--leader-elect'],
    env,
    volumeMounts: [
      { name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
    ],
  };
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: `app-${at}-`, labels: { app: `app-${at}` }, annotations: { a: 'b' } },
    spec: { containers: [container], volumes: [{ name: 'token', projected: { sources: [] } }] },
  };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: `uid-${number}`, namespace: `team-${at % 20}`, operation: 'CREATE', object },
  });
}

/** ms from `startedAt` to the whole answer; throws unless the answer is a patch. */
async function review(target: Target, agent: Agent, number: number, startedAt: number): Promise<number> {
  const body = renderReview(number);
  const sent = request({
    ...{ host: '127.0.0.1', port: target.port, ca: target.caBundle, servername: target.serverName, agent },
    ...{ method: 'POST', path: '/mutate?timeout=2s' },
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  const tookMs = performance.now() - startedAt;
  if (!text.includes('"patchType":"JSONPatch"')) throw new Error(`no patch: ${text.slice(0, 200)}`);
  return tookMs;
}

/** Sends reviews at fixed times whether or not answers keep up. */
export async function sendReviews(
  target: Target,
  { perS, seconds }: { readonly perS: number; readonly seconds: number },
): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const begin = performance.now();
  const answers: Promise<number>[] = [];
  const lateMs: number[] = [];
  for (let number = 0; number < seconds * perS; number++) {
    const dueAt = begin + (number * 1000) / perS;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const startedAt = performance.now();
    lateMs.push(Math.max(0, startedAt - dueAt));
    const answer = review(target, agent, number, startedAt);
    // Told below, when all have been sent.
    answer.catch(() => undefined);
    answers.push(answer);
  }
  const tookMs = await Promise.all(answers);
  agent.destroy();
  return { tookMs, lateMs };
}
