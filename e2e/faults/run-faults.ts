import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import type { LabState } from '@gofleet/lab/lab';
import { waitUntil } from '../inject/wait-until.ts';
import { injectFault } from './cluster-faults.ts';
import { findWrong } from './final-state.ts';
import { MemoryWatch } from './memory.ts';
import { persist } from './persist.ts';
import { PodWatch } from './pod-watch.ts';
import { leadThroughProxy, type ProxyInLab, startProxyInLab } from './proxy-in-lab.ts';
import { type PlannedFault, planFaults } from './schedule.ts';
import { Wisher } from './wishes.ts';
import { openWorkloads, pathOf, workloads } from './workloads.ts';

export interface FaultRunOptions {
  readonly client: KubeClient;
  readonly lab: LabState;
  /** The `go` command. */
  readonly go: string;
  readonly seed: number;
  readonly minutes: number;
  readonly tell: (line: string) => void;
}

/** How long after the last fault everything may take to be as it was wished. */
const settleLimitMs = 180_000;
/** The last wishes are spoken while faults go on. */
const decideBeforeEndMs = 10_000;

interface Counted extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: Readonly<Record<string, number | undefined>>;
}

async function isUp(client: KubeClient, path: string): Promise<boolean> {
  const { spec, status = {}, metadata } = await client.get<Counted>(path);
  const wanted = spec.replicas ?? status.desiredNumberScheduled ?? -1;
  const ready = status.numberReady ?? status.readyReplicas ?? 0;
  const updated = status.updatedNumberScheduled ?? status.updatedReplicas ?? 0;
  return status.observedGeneration === metadata.generation && ready === wanted && updated === wanted;
}

async function prepare({ client, lab, seed }: FaultRunOptions): Promise<ProxyInLab> {
  const proxy = await startProxyInLab(lab, seed);
  await leadThroughProxy(client);
  await openWorkloads(client);
  const own = '/apis/apps/v1/namespaces/gofleet-system';
  const paths = [
    ...workloads.map(pathOf),
    ...['deployments/gofleet-controller', 'deployments/gofleet-builder', 'daemonsets/gofleet-node'].map(
      (each) => `${own}/${each}`,
    ),
  ];
  for (const path of paths) await waitUntil(`${path} to be up`, () => isUp(client, path));
  return proxy;
}

/** Plays a row of faults by the clock. */
async function playLane<T>(
  plan: readonly PlannedFault<T>[],
  beganAt: number,
  play: (fault: PlannedFault<T>) => Promise<void>,
): Promise<void> {
  for (const fault of plan) {
    await sleep(Math.max(0, beganAt + fault.atMs - performance.now()));
    await play(fault);
  }
}

async function playFaults(options: FaultRunOptions, proxy: ProxyInLab, wisher: Wisher) {
  const { client, lab, seed, minutes, tell } = options;
  const durationMs = minutes * 60_000;
  const plan = planFaults({ seed, durationMs, calmFromMs: minutes >= 10 ? durationMs * 0.4 : durationMs });
  const counts: Record<string, number> = {};
  const count = (kind: string): void => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  const beganAt = performance.now();
  const mindEnds = new AbortController();
  const wishing = wisher.run(mindEnds.signal);
  const deciding = sleep(durationMs - decideBeforeEndMs).then(async () => {
    mindEnds.abort();
    await wishing;
    await wisher.decide();
  });
  await Promise.all([
    deciding,
    playLane(plan.proxy, beganAt, async ({ kind, forMs }) => {
      tell(`${kind} for ${forMs} ms`);
      await proxy.use(kind);
      count(kind);
      await sleep(forMs);
      await proxy.use(undefined);
    }),
    playLane(plan.cluster, beganAt, async (fault) => {
      tell(fault.kind);
      if (await injectFault({ client, lab }, fault)) count(fault.kind);
    }),
  ]);
  return { counts, met: await proxy.use(undefined) };
}

/** Waits until everything is as wished; how long that took, in s. */
async function settle(options: FaultRunOptions, wisher: Wisher): Promise<number> {
  const { client, lab, go, tell } = options;
  const beganAt = performance.now();
  await wisher.insist();
  let wrong: readonly string[] = [];
  const look = async (): Promise<boolean> => {
    wrong = await persist(() => findWrong({ client, lab, go, wishes: wisher.wishes }));
    return wrong.length === 0;
  };
  await waitUntil('everything to be as it was wished last', look, {
    timeoutMs: settleLimitMs,
    describe: async () => wrong,
  });
  tell(`settled; wishes ${JSON.stringify(Object.fromEntries(wisher.wishes))}`);
  return Math.round((performance.now() - beganAt) / 100) / 10;
}

/**
 * Lets faults loose on gofleet in a lab while somebody keeps changing wishes, and looks whether everything ends as it was wished last.
 * @throws when it does not within three minutes, with what is wrong
 */
export async function runFaults(options: FaultRunOptions) {
  const { client, lab, seed, minutes } = options;
  const proxy = await prepare(options);
  const watching = new AbortController();
  const [pods, memory] = [new PodWatch(client), new MemoryWatch(lab)];
  const watches = Promise.all([pods.run(watching.signal), memory.run(watching.signal)]);
  const wisher = new Wisher(client, seed);
  try {
    const { counts, met } = await playFaults(options, proxy, wisher);
    const settledS = await settle(options, wisher);
    return {
      ...{ minutes, seed, faults: counts, connectionsOrAnswersMet: met, wishesChanged: wisher.changes },
      ...{ settledAfterS: settledS, settleLimitS: settleLimitMs / 1000, ...pods.figures() },
      memory: memory.figures(),
    };
  } finally {
    watching.abort();
    await watches;
    await proxy.close();
  }
}
