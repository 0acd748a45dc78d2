import { createHash } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { controllerFieldManager } from '@gofleet/inject/field-managers';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { inCluster } from '@gofleet/inject/in-cluster';
import { selectorOf } from '@gofleet/inject/manifest';
import { webhookService } from '@gofleet/inject/webhook-configuration';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import { makeBinary, makeBuild, makeRuntime, rolledOut } from '@gofleet/testkit/go-runtime-maker';
import { sendReviews, type Target } from './admission-load.ts';
import { each, makeNamespace, withBareCluster } from './bare-cluster.ts';
import { type Bench, summarise } from './bench.ts';
import { startController } from './controller-process.ts';

const lab = 'bench-admission';
const [wishes, namespaces, binariesEach] = [100, 20, 10] as const;
const [reviewsPerS, durationS, warmUpS] = [200, 30, 2] as const;
const [unselectedPods, selectedPods] = [1000, 100] as const;

/** Build info of real size. */
const buildInfo = Array.from(
  { length: 150 },
  (_, at) => `dep\texample.com/module-${at}\tv1.2.${at}\th1:${'x'.repeat(43)}=`,
).join('\n');

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
const namespaceOf = (wish: number): string => `team-${wish % namespaces}`;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/** One wish of a busy cluster: what it selects was observed, relinked and rolled out. */
function makeWish(at: number): GoRuntime {
  const images = numbers(binariesEach).map(
    (number) => `registry.example/team/app-${at}-${number}:v1.4.${number}`,
  );
  const binaries = images.map((image) =>
    makeBinary(image, { sha256: sha256Of(image), buildInfo: `${image}\n${buildInfo}` }),
  );
  return rolledOut(
    makeRuntime({
      metadata: { name: `wish-${at}`, namespace: namespaceOf(at) },
      spec: { selector: { matchLabels: { app: `app-${at}` } } },
      status: {
        binaries,
        builds: binaries.map((binary) =>
          makeBuild(binary, { artefact: sha256Of(`go1.26.8 ${binary.image}`) }),
        ),
      },
    }),
  );
}

async function declare(client: KubeClient, at: number): Promise<void> {
  const { metadata, status, ...wish } = makeWish(at);
  const { name, namespace } = metadata;
  const path = `/apis/${wish.apiVersion}/namespaces/${namespace}/goruntimes`;
  await client.create(path, { ...wish, metadata: { name, namespace } });
  const { rollout, ...observed } = status ?? {};
  const runtime = { ...wish, metadata };
  await applyStatus(client, runtime, { fieldManager: 'bench', status: observed });
  if (rollout)
    await applyStatus(client, runtime, { fieldManager: controllerFieldManager, status: { rollout } });
}

/** The pod of a node plugin on the lab's node, which never runs: without one nothing can be mounted there. */
async function makePlugin(client: KubeClient): Promise<void> {
  const containers = [{ name: 'node', image: 'registry.example/none:1' }];
  await client.create(`/api/v1/namespaces/${inCluster.namespace}/pods`, {
    metadata: { name: 'gofleet-node', labels: selectorOf('node') },
    spec: { nodeName: `${lab}-node`, automountServiceAccountToken: false, containers },
  });
}

interface Configuration {
  readonly webhooks?: readonly unknown[];
}

/** The webhook, once the API server is to send it the pods of every wish. */
async function awaitTarget(client: KubeClient, port: number): Promise<Target> {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${inCluster.webhookConfiguration}`;
  while ((await client.get<Configuration>(path)).webhooks?.length !== wishes) await sleep(100);
  const secret = `/api/v1/namespaces/${inCluster.namespace}/secrets/${inCluster.webhookSecret}`;
  const { data } = await client.get<{ readonly data: Readonly<Record<string, string>> }>(secret);
  return {
    port,
    caBundle: Buffer.from(data['ca-bundle.crt'] ?? '', 'base64').toString('utf8'),
    serverName: `${webhookService.name}.${inCluster.namespace}.svc`,
  };
}

/** How often the API server has called a webhook of ours, by its own count. */
async function countCalls(client: KubeClient): Promise<number> {
  const name = 'apiserver_admission_webhook_admission_duration_seconds_count';
  const lines = (await client.getText('/metrics')).split('\n');
  const ours = lines.filter((line) => line.startsWith(`${name}{`) && line.includes('inject.gofleet.dev"'));
  return ours.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Calls of our webhooks while so many pods are made; none of them is ever scheduled. */
async function callsFor(
  client: KubeClient,
  count: number,
  labelOf: (number: number) => string,
): Promise<number> {
  const before = await countCalls(client);
  await each(numbers(count), (number) =>
    client.create(`/api/v1/namespaces/${namespaceOf(number)}/pods`, {
      metadata: { generateName: 'pod-', labels: { app: labelOf(number) } },
      spec: {
        schedulingGates: [{ name: 'bench.gofleet.dev/never' }],
        automountServiceAccountToken: false,
        containers: [{ name: 'manager', image: 'registry.example/other:1' }],
      },
    }),
  );
  return (await countCalls(client)) - before;
}

async function run(): Promise<Record<string, unknown>> {
  return withBareCluster(lab, async ({ client, kubeconfig, ends }) => {
    await makePlugin(client);
    await each(numbers(namespaces), (at) => makeNamespace(client, `team-${at}`));
    await each(numbers(wishes), (at) => declare(client, at));
    const controller = await startController(kubeconfig);
    ends.push(() => controller.stop());
    const target = await awaitTarget(client, controller.port);
    await sendReviews(target, { perS: reviewsPerS, seconds: warmUpS });
    const { tookMs, lateMs } = await sendReviews(target, { perS: reviewsPerS, seconds: durationS });
    const { peakRssMB } = controller.usage();
    return {
      reviewsPerS,
      durationS,
      cache: { wishes, namespaces, binaries: wishes * binariesEach },
      latencyMs: summarise(tookMs),
      senderLateMs: summarise(lateMs),
      loadAverage: loadavg()[0],
      controllerPeakRssMB: peakRssMB,
      unselected: { pods: unselectedPods, reviews: await callsFor(client, unselectedPods, () => 'other') },
      selected: { pods: selectedPods, reviews: await callsFor(client, selectedPods, (at) => `app-${at}`) },
      targets: { p99Ms: 10, rssMB: 128, reviewsOfUnselectedPods: 0 },
    };
  });
}

export const bench: Bench = {
  question:
    'how long does a pod wait for the webhook, how much memory does the controller take, and which pods wait at all?',
  run,
};
