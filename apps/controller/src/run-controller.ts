import { once } from 'node:events';
import { hostname } from 'node:os';
import { errorToJson } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { SandboxCluster } from '@gofleet/inject/plan-sandbox';
import { webhookService } from '@gofleet/inject/webhook-configuration';
import type { KubeClient } from '@gofleet/kube/client';
import { createEventRecorder } from '@gofleet/kube/events';
import { gateWrites } from '@gofleet/kube/gate-writes';
import { createLeaderElection, type LeaderElection } from '@gofleet/kube/leader-election';
import type { WebhookCertificates } from '@gofleet/kube/webhook-certificates';
import { createWorkQueue, type WorkQueue } from '@gofleet/kube/work-queue';
import { PodSampler } from './gate/pod-sampler.ts';
import { serveHealth } from './health-server.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { DisruptionBudgets } from './reconcile/disruption-budgets.ts';
import { IdentityWriter } from './reconcile/identity-writer.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { ReportWriter } from './reconcile/report-writer.ts';
import { StatusWriter } from './reconcile/status-writer.ts';
import { WaveKeeper } from './reconcile/wave-keeper.ts';
import { Workloads } from './reconcile/workloads.ts';
import { ClusterState } from './state/cluster-state.ts';
import { DeliverableNodes } from './state/deliverable-nodes.ts';
import { VersionSources } from './state/version-sources.ts';
import { untilAnswered } from './until-answered.ts';
import { FreshRuntimes } from './webhook/fresh-runtimes.ts';
import { keepCertificates } from './webhook/keep-certificates.ts';
import { WebhookRegistration } from './webhook/webhook-registration.ts';
import { serveWebhook, type WebhookServer } from './webhook/webhook-server.ts';

export interface ControllerOptions {
  readonly client: KubeClient;
  /** gofleet's own namespace. */
  readonly namespace: string;
  /** gofleet's own image, which sandboxes run. */
  readonly image: string;
  readonly listenPort: number;
  readonly healthPort: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The key under which the webhook configuration is worked on, in the queue of GoRuntimes (`namespace/name`). */
const registrationKey = 'webhook';
/** Events come in bursts: one look at everything serves them all. */
const batchMs = 100;
const resyncMs = 60_000;
const certificateCheckMs = 3_600_000;
/** How often a follower looks whether it leads. */
const followMs = 1000;

function keepOwnCertificates({ client, namespace, log }: ControllerOptions): Promise<WebhookCertificates> {
  const dnsNames = [
    `${webhookService.name}.${namespace}.svc`,
    `${webhookService.name}.${namespace}.svc.cluster.local`,
  ];
  return keepCertificates({ client, namespace, dnsNames, now: new Date(), log });
}

/** The first release whose API server lets init containers go on by default. @see KEP-753 */
const nativeSidecarsFrom = 29;

async function sandboxCluster({ client, image }: ControllerOptions): Promise<SandboxCluster> {
  const { major, minor } = await client.get<{ readonly major: string; readonly minor: string }>('/version');
  const hasNativeSidecars = Number(major) > 1 || Number.parseInt(minor, 10) >= nativeSidecarsFrom;
  return { image, hasNativeSidecars };
}

interface Parts {
  readonly state: ClusterState;
  readonly nodes: DeliverableNodes;
  readonly sources: VersionSources;
  readonly registration: WebhookRegistration;
  readonly queue: WorkQueue;
  readonly election: LeaderElection;
}

function createElection({ client, namespace, log }: ControllerOptions): LeaderElection {
  return createLeaderElection({
    client,
    path: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${inCluster.leaderLease}`,
    // A container that is started again in its pod goes on with the lease of the one before.
    identity: `${hostname()}_${process.pid}`,
    onChange: (isLeader) => log('info', isLeader ? 'leads' : 'follows'),
    onError: (error) => log('warn', 'the lease was not renewed', { error: errorToJson(error) }),
  });
}

function createParts(options: ControllerOptions, metrics: Metrics): Parts {
  const { log } = options;
  const election = createElection(options);
  const client = gateWrites(options.client, () => election.isLeader());
  const registration = new WebhookRegistration(client, log);
  const state = new ClusterState({
    client,
    log,
    onRuntime: (key) => queue.addAfter(key, batchMs),
    onWishes: () => queue.addAfter(registrationKey, batchMs),
  });
  const nodes = new DeliverableNodes({ client, log });
  const sources = new VersionSources({ client, log, onChange: (key) => queue.addAfter(key, batchMs) });
  const reconciler = new Reconciler({
    state,
    sources,
    nodes,
    workloads: new Workloads(client),
    budgets: new DisruptionBudgets(client),
    waves: new WaveKeeper(new PodSampler(client)),
    status: new StatusWriter(client),
    reports: new ReportWriter(client),
    identities: new IdentityWriter(client),
    registration,
    recordEvent: createEventRecorder(client, log, 'gofleet-controller'),
    log,
  });
  const queue = createWorkQueue({
    work: async (key) => {
      await state.synced;
      if (!election.isLeader()) return followMs;
      if (key !== registrationKey) {
        const againMs = await reconciler.reconcile(key);
        metrics.countReconcile('ok');
        return againMs;
      }
      const isChanged = await registration.sync(state.runtimes());
      for (const { metadata } of isChanged ? state.runtimes() : [])
        queue.addAfter(`${metadata.namespace}/${metadata.name}`, batchMs);
      return resyncMs;
    },
    onError: (key, error, nextInMs) => {
      metrics.countReconcile('error');
      log('warn', 'will be tried again', { key, nextInMs: Math.round(nextInMs), error: errorToJson(error) });
    },
  });
  return { state, nodes, sources, registration, queue, election };
}

function renewRegularly(
  options: ControllerOptions,
  { registration, queue }: Parts,
  server: WebhookServer,
): void {
  const timer = setInterval(() => {
    untilAnswered('certificates', () => keepOwnCertificates(options), options).then(
      (certificates) => {
        server.useCertificate(certificates.serving);
        registration.caBundle = certificates.caBundle;
        queue.add(registrationKey);
      },
      () => undefined,
    );
  }, certificateCheckMs);
  options.signal.addEventListener('abort', () => clearInterval(timer));
}

async function end(
  { state, nodes, sources, queue, election }: Parts,
  servers: readonly { close(): unknown }[],
): Promise<void> {
  state.stop();
  nodes.stop();
  sources.stop();
  await Promise.all([queue.stop(), ...servers.map((server) => server.close())]);
  await election.stop();
}

/** The controller role; resolves when the signal has ended it and everything in flight is done. */
export async function runController(options: ControllerOptions): Promise<void> {
  const { listenPort, healthPort, log, signal } = options;
  const metrics = createMetrics();
  const parts = createParts(options, metrics);
  const { state, registration, queue } = parts;
  let isReady = false;
  const health = await serveHealth({ port: healthPort, metrics, isReady: () => isReady });
  state.start();
  parts.nodes.start();
  const first = await untilAnswered(
    'what is needed to begin',
    async () => ({
      certificates: await keepOwnCertificates(options),
      sandboxes: await sandboxCluster(options),
    }),
    options,
  ).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
  if (!first) return end(parts, [health]);
  const { certificates, sandboxes } = first;
  registration.caBundle = certificates.caBundle;
  const runtimesOf = (namespace: string) => state.runtimesOf(namespace);
  const fresh = new FreshRuntimes(options.client, log);
  const server = await serveWebhook({
    ...{
      port: listenPort,
      certificate: certificates.serving,
      runtimesOf,
      freshRuntimesOf: (namespace: string) => fresh.of(namespace),
      nodes: () => parts.nodes.nodes(),
      ...{ metrics, log, sandboxes },
    },
  });
  renewRegularly(options, parts, server);
  await state.synced;
  parts.election.start();
  isReady = true;
  queue.add(registrationKey);
  log('info', 'ready', { port: server.port, runtimes: state.runtimes().length });
  if (!signal.aborted) await once(signal, 'abort');
  log('info', 'ends');
  isReady = false;
  await end(parts, [server, health]);
}
