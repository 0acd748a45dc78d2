import { isGofleetError } from '@gofleet/base/errors';
import { type GateSpec, gateDefaults } from '@gofleet/inject/rollout-spec';
import type { WorkloadSample } from '@gofleet/inject/rollout-status';
import type { KubeClient } from '@gofleet/kube/client';
import { measurePods } from '@gofleet/verify/measure-pods';
import type { Pod } from '../state/pod.ts';
import { scrape } from './scrape.ts';

/** Of a large workload so many pods speak for the others. */
const maxPods = 10;
const maxLogBytes = 1 << 20;
const logWindowS = 300;

/** Times are RFC 3339. */
interface Moment {
  readonly now: string;
  /** What was logged earlier does not count. */
  readonly since?: string | undefined;
  /** The sample to compare with, by whose bounds is counted. */
  readonly before?: WorkloadSample | undefined;
}

/** A sample, and why it is not all that the gate asks for. */
export interface Sampled {
  readonly sample: WorkloadSample;
  readonly problems: readonly string[];
}

const reasonOf = (thrown: unknown): string => {
  if (isGofleetError(thrown) && thrown.code === 'kube.forbidden')
    return 'its logs cannot be read: run "gofleet install --read-logs"';
  const { message, cause } = thrown as Error & { readonly cause?: { readonly code?: string } };
  return cause?.code === undefined ? message : `${message} (${cause.code})`;
};

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

function ageS({ metadata }: Pod, now: string): number {
  return Math.max(0, secondsBetween(metadata.creationTimestamp ?? now, now));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** Whether every container of a pod is ready. */
export function isReady({ status }: Pod): boolean {
  const containers = status?.containerStatuses ?? [];
  return containers.length > 0 && containers.every(({ ready }) => ready === true);
}

/** What the API alone says of a workload's pods. `now` is RFC 3339. */
export function countPods(pods: readonly Pod[], now: string): WorkloadSample {
  const restarts = pods.flatMap(({ status }) =>
    (status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount),
  );
  return {
    at: now,
    pods: pods.length,
    ready: pods.filter(isReady).length,
    restarts: sum(restarts),
    podSeconds: Math.round(sum(pods.map((pod) => ageS(pod, now)))),
  };
}

/** Measures the pods of a workload, as far as a gate asks: metrics from the pods themselves, logs through the API server. */
export class PodSampler {
  readonly #client: Pick<KubeClient, 'getText'>;
  /** What is read of the pods of one workload may be large: the next one's is read after it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(client: Pick<KubeClient, 'getText'>) {
    this.#client = client;
  }

  /** A workload's pods as they are. */
  sample(pods: readonly Pod[], gate: GateSpec, moment: Moment): Promise<Sampled> {
    const sampled = this.#turn.then(() => this.#sample(pods, gate, moment));
    this.#turn = sampled.catch(() => undefined);
    return sampled;
  }

  async #sample(pods: readonly Pod[], gate: GateSpec, moment: Moment): Promise<Sampled> {
    const { now, before } = moment;
    const chosen = pods.slice(0, maxPods);
    const problems: string[] = [];
    const texts = await this.#each(chosen, problems, (pod) => this.#scrape(pod, gate));
    const lines = await this.#each(chosen, problems, (pod) => this.#errorLines(pod, gate, moment));
    const sample = {
      ...countPods(pods, now),
      ...measurePods(texts, gate, before),
      ...(lines.length === 0
        ? {}
        : {
            errors: {
              lines: sum(lines.map((each) => each.lines)),
              podSeconds: Math.round(sum(lines.map((each) => each.seconds))),
            },
          }),
    };
    return { sample, problems: [...new Set(problems)].slice(0, 3) };
  }

  async #each<T>(
    pods: readonly Pod[],
    problems: string[],
    ask: (pod: Pod) => Promise<T> | undefined,
  ): Promise<readonly T[]> {
    const asked = pods.flatMap((pod) => ask(pod) ?? []);
    const answers = await Promise.allSettled(asked);
    for (const answer of answers) if (answer.status === 'rejected') problems.push(reasonOf(answer.reason));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  /** A pod of the host's network has the address of its node, where others listen too: it is not asked. */
  #scrape({ spec, status }: Pod, { metrics }: GateSpec): Promise<string> | undefined {
    const ip = status?.podIP;
    if (!metrics || ip === undefined || spec.hostNetwork === true) return undefined;
    return scrape(ip, metrics.port, metrics.path ?? gateDefaults.path);
  }

  #errorLines(
    pod: Pod,
    { logs }: GateSpec,
    moment: Moment,
  ): Promise<{ readonly lines: number; readonly seconds: number }> | undefined {
    if (!logs) return undefined;
    const isError = (line: string): boolean => logs.errorMarks.some((mark) => line.includes(mark));
    return this.#lastLog(pod, moment).then(({ text, seconds }) => ({
      lines: text.split('\n').filter(isError).length,
      seconds,
    }));
  }

  /** As many seconds as fit: what is cut off at the end would pass for quiet. */
  async #lastLog(
    pod: Pod,
    { now, since }: Moment,
  ): Promise<{ readonly text: string; readonly seconds: number }> {
    const container = pod.spec.containers[0]?.name;
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/log`;
    const longestS = since === undefined ? logWindowS : secondsBetween(since, now);
    let seconds = Math.max(1, Math.ceil(Math.min(logWindowS, longestS, ageS(pod, now))));
    for (;;) {
      const query = { container, sinceSeconds: seconds, limitBytes: maxLogBytes };
      const text = await this.#client.getText(path, query);
      if (seconds === 1 || Buffer.byteLength(text) < maxLogBytes) return { text, seconds };
      seconds = Math.ceil(seconds / 4);
    }
  }
}
