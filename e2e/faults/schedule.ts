import { answerFaults, type ProxyFault, wireFaults } from '@gofleet/testkit/fault-proxy';
import { seededRandom, shuffled } from '@gofleet/testkit/seeded-random';

/** What happens to processes of the cluster. */
export const clusterFaults = [
  'api-server-killed',
  'etcd-stopped',
  'controller-killed',
  'node-plugin-killed',
  'builder-killed',
] as const;
export type ClusterFault = (typeof clusterFaults)[number];

export const proxyFaults: readonly ProxyFault[] = [...wireFaults, ...answerFaults];

/** A fault, when it begins and how long it lasts, in ms. */
export interface PlannedFault<T> {
  readonly kind: T;
  readonly atMs: number;
  readonly forMs: number;
}

/** From, and up to how much more, in ms. */
type Span = readonly [fromMs: number, moreMs: number];

interface Lane<T> {
  readonly kinds: (atMs: number) => readonly T[];
  readonly lasts: Span;
  readonly pause: Span;
}

/** Every kind once, in any order, and again in another; the next begins when one is over. */
function planLane<T>(
  { kinds, lasts, pause }: Lane<T>,
  random: () => number,
  durationMs: number,
): readonly PlannedFault<T>[] {
  const plan: PlannedFault<T>[] = [];
  const within = ([from, more]: Span): number => Math.round(from + random() * more);
  let atMs = 0;
  while (atMs < durationMs) {
    for (const kind of shuffled(kinds(atMs), random)) {
      const forMs = within(lasts);
      if (atMs < durationMs) plan.push({ kind, atMs, forMs: Math.min(forMs, durationMs - atMs) });
      atMs += forMs + within(pause);
    }
  }
  return plan;
}

export interface FaultPlan {
  readonly proxy: readonly PlannedFault<ProxyFault>[];
  readonly cluster: readonly PlannedFault<ClusterFault>[];
}

/**
 * Two rows of faults at the same time, the same for the same seed: those of the way to the API server, and those of processes. From
 * `calmFromMs` on the controller and the node plugin are not killed any more, so that what their memory does can be seen.
 */
export function planFaults(options: {
  readonly seed: number;
  readonly durationMs: number;
  readonly calmFromMs: number;
}): FaultPlan {
  const { seed, durationMs, calmFromMs } = options;
  const random = seededRandom(seed);
  const calm = clusterFaults.filter((kind) => kind !== 'controller-killed' && kind !== 'node-plugin-killed');
  return {
    proxy: planLane<ProxyFault>(
      { kinds: () => proxyFaults, lasts: [3000, 4000], pause: [1000, 3000] },
      random,
      durationMs,
    ),
    cluster: planLane<ClusterFault>(
      {
        kinds: (atMs) => (atMs < calmFromMs ? clusterFaults : calm),
        ...{ lasts: [3000, 5000], pause: [6000, 8000] },
      },
      random,
      durationMs,
    ),
  };
}
