import { errorToJson } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { selectsPod } from '@gofleet/inject/claim-containers';
import type { GoRuntime, NodeStatus, ObservedBinary, PodStatus } from '@gofleet/inject/go-runtime';
import { renderVariables } from '@gofleet/inject/runtime-variables';
import { type KubeObject, keyOf } from '@gofleet/kube/kube-object';
import { createWorkQueue, type WorkQueue } from '@gofleet/kube/work-queue';
import { bareContainerId } from '../read/container-id.ts';
import { type ContainerProcess, findContainerProcesses } from '../read/container-processes.ts';
import type { ExecutableReader } from '../read/executable-reader.ts';
import type { Pod } from './pod.ts';
import { isReportOf, type Observation, renderObservedBinary, renderPodStatus } from './render-observation.ts';
import { type SelectedContainer, selectContainers } from './selected-containers.ts';

/** What a node says of a wish. */
export interface NodeReport {
  readonly pods: readonly PodStatus[];
  /** What it has fetched ahead; nothing from a node that runs none of the wish's pods. */
  readonly nodes: readonly NodeStatus[];
}

/** Where reports go. */
export interface StatusWriter {
  /** Everything that this node says of a wish, replacing what it said before. */
  applyReport(runtime: GoRuntime, report: NodeReport): Promise<void>;
  applyBinary(runtime: GoRuntime, binary: ObservedBinary): Promise<void>;
}

export interface ReporterOptions {
  readonly node: string;
  /** Pods of this node, by `namespace/name`. */
  readonly pods: ReadonlyMap<string, Pod>;
  readonly runtimes: ReadonlyMap<string, GoRuntime & KubeObject>;
  readonly reader: ExecutableReader;
  /** Whether an artefact lies on this node. */
  readonly isFetched: (artefact: string) => boolean;
  /** Why artefacts cannot be fetched, while that is so. */
  readonly fetchProblem: () => string | undefined;
  readonly writer: StatusWriter;
  readonly log: Log;
  readonly procDir?: string;
}

/** A start is several events, and the program that starts needs the processor more. */
const settleMs = 100;
const vanishedRetryMs = 300;
/** A container whose program is not Go may start one yet. */
const problemRetryMs = 5000;
/** Restarts that no event told of. */
const recheckMs = 30_000;

function isSame(a: PodStatus | undefined, b: PodStatus): boolean {
  const fields = (entry: PodStatus | undefined) => [
    entry?.uid,
    entry?.running?.containerId,
    entry?.running?.imageId,
    entry?.running?.sha256,
    entry?.running?.goVersion,
    entry?.running?.path,
    renderVariables(entry?.running?.environment ?? {}),
    entry?.running?.source,
    entry?.running?.problem,
  ];
  return JSON.stringify(fields(a)) === JSON.stringify(fields(b));
}

/** Keeps the status of every GoRuntime true about what runs on this node. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #queue: WorkQueue;
  /** When each container was first seen with the program it has, by container, pid and sha256. */
  readonly #observedAt = new Map<string, string>();

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#queue = createWorkQueue({
      work: (key) => this.#report(key),
      onError: (key, error, nextInMs) =>
        options.log('warn', 'report failed', { runtime: key, error: errorToJson(error), nextInMs }),
      maxDelayMs: 10_000,
    });
  }

  /** A pod of this node came, changed or went. */
  podChanged(pod: Pod, previous: Pod | undefined): void {
    for (const [key, runtime] of this.#options.runtimes) {
      if (runtime.metadata.namespace !== pod.metadata.namespace) continue;
      const means = (each: Pod | undefined) => each !== undefined && selectsPod(runtime, each);
      if (means(pod) || means(previous)) this.#queue.addAfter(key, settleMs);
    }
  }

  /** A GoRuntime came or its wish changed. */
  runtimeChanged(runtime: GoRuntime & KubeObject): void {
    this.#queue.add(keyOf(runtime));
  }

  /** An artefact was fetched: wishes that mount it are told. */
  artefactFetched(artefact: string): void {
    for (const [key, { status }] of this.#options.runtimes)
      if (status?.builds?.some((build) => build.artefact === artefact)) this.#queue.addAfter(key, settleMs);
  }

  /** Artefacts cannot be fetched, or can again: every wish with pods here is told. */
  problemChanged(): void {
    for (const key of this.#options.runtimes.keys()) this.#queue.addAfter(key, settleMs);
  }

  /** Resolves when what is being written is written. */
  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #report(key: string): Promise<number | undefined> {
    const runtime = this.#options.runtimes.get(key);
    if (!runtime) return undefined;
    const selected = selectContainers(runtime, this.#options.pods.values());
    const observations = await this.#observe(selected);
    await this.#write(runtime, observations);
    this.#forget();
    if (selected.length === 0) return undefined;
    if (observations.length < selected.length) return vanishedRetryMs;
    return observations.some(({ executable }) => executable.problem) ? problemRetryMs : recheckMs;
  }

  async #observe(selected: readonly SelectedContainer[]): Promise<Observation[]> {
    if (selected.length === 0) return [];
    const ids = new Set(selected.map(({ containerId }) => bareContainerId(containerId)));
    const processes = await findContainerProcesses(ids, this.#options.procDir);
    const observations: Observation[] = [];
    // One at a time: reading executables must not compete with the programs for the disk.
    for (const container of selected) {
      const found = processes.get(bareContainerId(container.containerId)) ?? [];
      const observation = await this.#look(container, found);
      if (observation) observations.push(observation);
    }
    return observations;
  }

  async #look(
    container: SelectedContainer,
    processes: readonly ContainerProcess[],
  ): Promise<Observation | undefined> {
    const executable = await this.#options.reader.readMain(processes);
    if (!executable) return undefined;
    const key = `${container.containerId} ${executable.pid} ${executable.sha256}`;
    const observedAt = this.#observedAt.get(key) ?? new Date().toISOString();
    this.#observedAt.set(key, observedAt);
    return { container, executable, observedAt };
  }

  async #write(runtime: GoRuntime, observations: readonly Observation[]): Promise<void> {
    const { node, writer, log } = this.#options;
    for (const observation of observations) await this.#writeBinary(runtime, observation);
    const wanted = observations.map((observation) => renderPodStatus(observation, node));
    const nodes = this.#nodesOf(runtime, wanted.length > 0);
    const known = (runtime.status?.nodes ?? []).filter((entry) => entry.node === node);
    const ours = (runtime.status?.pods ?? []).filter(({ running }) => isReportOf(node, running));
    const isKnown = (entry: PodStatus) =>
      isSame(
        ours.find(({ pod, container }) => pod === entry.pod && container === entry.container),
        entry,
      );
    const isSameFetched = JSON.stringify(known) === JSON.stringify(nodes);
    if (ours.length === wanted.length && wanted.every(isKnown) && isSameFetched) return;
    await writer.applyReport(runtime, { pods: wanted, nodes });
    for (const { pod, container, running } of wanted.filter((entry) => !isKnown(entry)))
      log('info', 'reported', { runtime: runtime.metadata.name, pod, container, running });
  }

  /** What this node says of itself: pods that cannot start for lack of an artefact are no less its business than those that run. */
  #nodesOf(runtime: GoRuntime, hasRunning: boolean): readonly NodeStatus[] {
    const { node, pods, fetchProblem } = this.#options;
    const problem = fetchProblem();
    const isHere = ({ metadata }: Pod): boolean => metadata.namespace === runtime.metadata.namespace;
    const isConcerned =
      hasRunning ||
      (problem !== undefined && [...pods.values()].some((pod) => isHere(pod) && selectsPod(runtime, pod)));
    if (!isConcerned) return [];
    return [{ node, artefacts: this.#fetchedOf(runtime), ...(problem === undefined ? {} : { problem }) }];
  }

  #fetchedOf({ status }: GoRuntime): readonly string[] {
    const artefacts = (status?.builds ?? []).flatMap(({ artefact }) => artefact ?? []);
    return [...new Set(artefacts)].filter(this.#options.isFetched).sort();
  }

  async #writeBinary(runtime: GoRuntime, observation: Observation): Promise<void> {
    const binary = renderObservedBinary(observation);
    if (!binary) return;
    const known = runtime.status?.binaries?.find(
      ({ image, path }) => image === binary.image && path === binary.path,
    );
    if (known?.sha256 !== binary.sha256) await this.#options.writer.applyBinary(runtime, binary);
  }

  /** Drops the times of containers that are gone. */
  #forget(): void {
    const alive = new Set<string>();
    for (const pod of this.#options.pods.values())
      for (const { containerID } of pod.status?.containerStatuses ?? []) alive.add(containerID ?? '');
    for (const key of this.#observedAt.keys())
      if (!alive.has(key.split(' ', 1)[0] ?? '')) this.#observedAt.delete(key);
  }
}
