import { setTimeout as sleep } from 'node:timers/promises';
import { GofleetError } from '@gofleet/base/errors';
import { quantile } from '@gofleet/base/units';
import type { KubeClient } from '@gofleet/kube/client';
import { waitFor } from '../wait-for.ts';

/** One way to start the same program; `pod` is the manifest without its name. */
export interface StartVariant {
  readonly name: string;
  readonly pod: Readonly<Record<string, unknown>>;
}

/** Milliseconds from the create call to the first line that the program wrote. */
export interface StartTimes {
  readonly median: number;
  readonly p99: number;
  readonly n: number;
  readonly samples: readonly number[];
}

export interface StartTimesOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** What is started, one after the other; a variant comes as often as it is to be measured. */
  readonly sequence: readonly StartVariant[];
  readonly signal?: AbortSignal;
  /** Waits until a pod that is gone costs the machine nothing any more. */
  readonly settle?: () => Promise<void>;
  readonly onSample?: (done: number, total: number) => void;
}

const logDeadlineMs = 120_000;

/** The time stamp, in milliseconds, that the runtime gave to the first line of a log page with time stamps. */
export function parseFirstStamp(page: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /.exec(page);
  if (!match) return undefined;
  const [, seconds, fraction = '', zone] = match;
  return Date.parse(`${seconds}${zone}`) + Number(`0.${fraction || '0'}`) * 1000;
}

async function waitForFirstLine(options: StartTimesOptions, pod: string): Promise<number> {
  const path = `/api/v1/namespaces/${options.namespace}/pods/${pod}`;
  const query = { container: 'main', timestamps: true, limitBytes: 4096 };
  const deadline = performance.now() + logDeadlineMs;
  while (performance.now() < deadline) {
    options.signal?.throwIfAborted();
    const page = await options.client.getText(`${path}/log`, query).catch(() => '');
    const stamp = parseFirstStamp(page);
    if (stamp !== undefined) return stamp;
    await sleep(100);
  }
  throw new GofleetError(
    'cli.no-output',
    `pod ${pod}: expected a first line of output within 2 min, found none`,
    {
      facts: { pod, namespace: options.namespace },
      hint: `look at it with: kubectl describe pod -n ${options.namespace} ${pod}`,
    },
  );
}

/** Waits until the node has torn the pod down, so that its end is not paid for by the next one's start. */
async function removePod({ client }: StartTimesOptions, path: string): Promise<void> {
  await client.delete(path, { gracePeriodSeconds: 1 });
  await waitFor({
    what: `${path} to be gone`,
    timeoutMs: 60_000,
    everyMs: 100,
    probe: async () =>
      client.get(path).then(
        () => undefined,
        (error: { code?: string }) => (error.code === 'kube.not-found' ? true : undefined),
      ),
  });
}

async function measureOne(options: StartTimesOptions, variant: StartVariant, name: string): Promise<number> {
  const { client, namespace } = options;
  const { metadata = {}, ...rest } = variant.pod as { metadata?: object };
  const createdAt = performance.timeOrigin + performance.now();
  await client.create(`/api/v1/namespaces/${namespace}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    ...rest,
    metadata: { ...metadata, name, namespace },
  });
  try {
    return (await waitForFirstLine(options, name)) - createdAt;
  } finally {
    await removePod(options, `/api/v1/namespaces/${namespace}/pods/${name}`);
  }
}

function summarise(samples: readonly number[]): StartTimes {
  const rounded = samples.map((sample) => Math.round(sample * 10) / 10);
  return {
    median: quantile(rounded, 0.5) ?? 0,
    p99: quantile(rounded, 0.99) ?? 0,
    n: rounded.length,
    samples: rounded,
  };
}

/**
 * Every variant once a round, so that a machine whose speed drifts is fair to all; every other round goes backwards, so that
 * no variant always follows the same one.
 */
export function alternate<T>(variants: readonly T[], rounds: number): T[] {
  return Array.from({ length: rounds }, (_, round) =>
    round % 2 === 0 ? variants : [...variants].reverse(),
  ).flat();
}

/**
 * Starts the pods of a sequence one at a time, each when the one before is gone; the times by the variants' names.
 * @throws `cli.no-output` when a pod says nothing within two minutes
 */
export async function measureStartTimes(options: StartTimesOptions): Promise<Record<string, StartTimes>> {
  const { sequence } = options;
  const samples = new Map<string, number[]>();
  const run = Date.now().toString(36);
  for (const [index, variant] of sequence.entries()) {
    const took = await measureOne(options, variant, `start-${run}-${index}`);
    await options.settle?.();
    samples.set(variant.name, [...(samples.get(variant.name) ?? []), took]);
    options.onSample?.(index + 1, sequence.length);
  }
  return Object.fromEntries([...samples].map(([name, taken]) => [name, summarise(taken)]));
}
