import { isDeepStrictEqual } from 'node:util';
import { errorToJson, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { selectsPod, wantsContainer } from '@gofleet/inject/claim-containers';
import { fetchedMark, mountableArtefacts } from '@gofleet/inject/fetched-ahead';
import { isFull } from '@gofleet/inject/forgettable-binaries';
import { type ContainerReport, type GoPod, isReportOn } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { ObservedLibrary } from '@gofleet/inject/library';
import type { NodeStatus, ObservedBinary } from '@gofleet/inject/runtime-status';
import type { SearchPath, ToolchainFacts } from '@gofleet/inject/toolchain';
import { type KubeObject, keyOf } from '@gofleet/kube/kube-object';
import { createWorkQueue, type WorkQueue } from '@gofleet/kube/work-queue';
import { bareContainerId } from '../read/container-id.ts';
import { type ContainerProcess, findContainerProcesses } from '../read/container-processes.ts';
import type { ExecutableReader } from '../read/executable-reader.ts';
import type { LibraryReader, MappedLibrary } from '../read/library-reader.ts';
import { MissingContainers } from './missing-containers.ts';
import type { Pod } from './pod.ts';
import {
  type Observation,
  renderContainerReport,
  renderObservedBinary,
  renderSearchPath,
} from './render-observation.ts';
import { type SelectedContainer, selectContainers, selectPods } from './selected-containers.ts';
import { updateLibrary } from './update-library.ts';

/** Where reports go. */
export interface StatusWriter {
  /** What runs in a pod, replacing what was said of it before. */
  applyContainers(pod: Pod, containers: readonly ContainerReport[]): Promise<void>;
  /** What this node has fetched ahead for a wish; nothing from a node that runs none of its pods. */
  applyFetched(runtime: GoRuntime, nodes: readonly NodeStatus[]): Promise<void>;
  applyBinary(runtime: GoRuntime, binary: ObservedBinary): Promise<void>;
  applyLibrary(runtime: GoRuntime, library: ObservedLibrary): Promise<void>;
  applySearchPath(runtime: GoRuntime, searchPath: SearchPath): Promise<void>;
}

export interface ReporterOptions {
  readonly node: string;
  /** Pods of this node, by `namespace/name`. */
  readonly pods: ReadonlyMap<string, Pod>;
  readonly runtimes: ReadonlyMap<string, GoRuntime & KubeObject>;
  /** What this node has said of its pods, by `namespace/name`. */
  readonly reports: ReadonlyMap<string, GoPod>;
  readonly reader: ExecutableReader;
  /** Whether an artefact lies on this node. */
  readonly isFetched: (artefact: string) => boolean;
  /** What a process sees of mounted Go releases; rejects when it is gone. */
  readonly readToolchain: (pid: number) => Promise<ToolchainFacts>;
  readonly libraries: LibraryReader;
  /** Where an artefact lies on this node; `undefined` until it was fetched. */
  readonly pathOf: (artefact: string) => Promise<string | undefined>;
  /** Why artefacts cannot be fetched, while that is so. */
  readonly fetchProblem: () => string | undefined;
  readonly writer: StatusWriter;
  readonly log: Log;
  readonly procDir?: string;
}

/** A start is several events, and the program that starts needs the processor more. */
const settleMs = 100;
/** A container whose program is not Go may start one yet. */
const problemRetryMs = 5000;
/** Restarts that no event told of. */
const recheckMs = 30_000;

/** Whether both say the same, whenever it was seen first. */
function isSame(a: ContainerReport | undefined, b: ContainerReport): boolean {
  return isDeepStrictEqual({ ...a?.running, observedAt: '' }, { ...b.running, observedAt: '' });
}

/** Whether a wish selects a pod of its namespace. */
function selectsHere(runtime: GoRuntime, pod: Pod | undefined): boolean {
  return pod?.metadata.namespace === runtime.metadata.namespace && selectsPod(runtime, pod);
}

/** Keeps GoPods, and the status of every GoRuntime, true about what runs on this node. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #queue: WorkQueue;
  /** When each container was first seen with the program it has, by container, pid and sha256. */
  readonly #observedAt = new Map<string, string>();
  readonly #missing = new MissingContainers(recheckMs);

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
    for (const [key, runtime] of this.#options.runtimes)
      if (selectsHere(runtime, pod) || selectsHere(runtime, previous)) this.#queue.addAfter(key, settleMs);
  }

  /** What was said of a pod went, or was changed by somebody else; with a wish that ends it goes for good. */
  reportChanged(key: string): void {
    const pod = this.#options.pods.get(key);
    for (const [wish, runtime] of this.#options.runtimes)
      if (runtime.metadata.deletionTimestamp === undefined && selectsHere(runtime, pod))
        this.#queue.addAfter(wish, settleMs);
  }

  /** A GoRuntime came or its wish changed. */
  runtimeChanged(runtime: GoRuntime & KubeObject): void {
    this.#queue.add(keyOf(runtime));
  }

  /** An artefact was fetched: wishes that mount it are told. */
  artefactFetched(artefact: string): void {
    for (const [key, { status }] of this.#options.runtimes)
      if (mountableArtefacts(status).includes(artefact)) this.#queue.addAfter(key, settleMs);
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
    const pods = selectPods(runtime, this.#options.pods.values());
    // A pod's containers are reported together, whichever wish means which.
    const siblings = [...this.#options.runtimes.values()].filter(
      ({ metadata }) => metadata.namespace === runtime.metadata.namespace,
    );
    const selected = selectContainers(siblings, pods);
    const observations = await this.#observe(selected);
    await this.#write(runtime, pods, observations);
    this.#forget();
    if (selected.length === 0) return undefined;
    const found = observations.map(({ container }) => container);
    const nextLookMs = this.#missing.nextLook(selected, found);
    // Pods that execute go may well be none themselves.
    const isProblem = ({ executable, toolchain, library }: Observation) =>
      executable.problem && !toolchain && !library;
    return observations.some(isProblem) ? Math.min(problemRetryMs, nextLookMs) : nextLookMs;
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
    const { modes, told } = container;
    // Where go is executed, it comes and goes: what counts is what the main process finds.
    const isForGo = modes.every((mode) => mode === 'toolchain');
    const [main] = processes;
    const mapped = modes.includes('libgo') ? await this.#findLibrary(processes) : {};
    const { library } = mapped;
    const looked = library ? processes.filter(({ pid }) => pid === library.pid) : processes;
    const found = await this.#options.reader.readMain(isForGo ? looked.slice(0, 1) : looked, told);
    if (!found || !main) return undefined;
    const executable = mapped.problem === undefined ? found : { ...found, problem: mapped.problem };
    const key = `${container.containerId} ${executable.pid} ${executable.sha256}`;
    const observedAt = this.#observedAt.get(key) ?? new Date().toISOString();
    this.#observedAt.set(key, observedAt);
    const seen = { container, executable, ...(library === undefined ? {} : { library }), observedAt };
    if (!modes.includes('toolchain')) return seen;
    // A process that is gone meanwhile is looked for again.
    const toolchain = await this.#options.readToolchain(main.pid).catch(() => undefined);
    return toolchain && { ...seen, toolchain };
  }

  /** The library of the Go runtime of the first process that runs on one. */
  async #findLibrary(
    processes: readonly ContainerProcess[],
  ): Promise<{ readonly library?: MappedLibrary; readonly problem?: string }> {
    for (const { pid } of processes) {
      try {
        const library = await this.#options.libraries.read(pid);
        if (library) return { library };
      } catch (thrown) {
        const { code, message } = toGofleetError(thrown);
        if (code === 'node.library-unreadable') return { problem: message };
      }
    }
    return {};
  }

  async #write(
    runtime: GoRuntime,
    pods: readonly Pod[],
    observations: readonly Observation[],
  ): Promise<void> {
    const ours = observations.filter(({ container }) => wantsContainer(runtime, container.container));
    for (const observation of ours) await this.#writeBinary(runtime, observation);
    const byPod = Map.groupBy(observations, ({ container }) => container.pod);
    for (const pod of pods) await this.#writePod(pod, byPod.get(pod.metadata.name) ?? []);
    await this.#writeFetched(runtime, ours.length > 0);
  }

  async #writePod(pod: Pod, observations: readonly Observation[]): Promise<void> {
    const { node, reports, writer, log } = this.#options;
    const wanted = observations.map((observation) => renderContainerReport(observation, node));
    const report = reports.get(keyOf(pod));
    const known = report && isReportOn(report, pod.metadata.uid) ? (report.containers ?? []) : [];
    const isKnown = (entry: ContainerReport) =>
      isSame(
        known.find(({ name }) => name === entry.name),
        entry,
      );
    if (known.length === wanted.length && wanted.every(isKnown)) return;
    await writer.applyContainers(pod, wanted);
    const { namespace, name } = pod.metadata;
    for (const entry of wanted.filter((each) => !isKnown(each)))
      log('info', 'reported', { namespace, pod: name, container: entry.name, running: entry.running });
  }

  async #writeFetched(runtime: GoRuntime, hasRunning: boolean): Promise<void> {
    const { node, writer } = this.#options;
    const nodes = this.#nodesOf(runtime, hasRunning);
    const known = (runtime.status?.nodes ?? []).filter((entry) => entry.node === node);
    if (!isDeepStrictEqual(known, nodes)) await writer.applyFetched(runtime, nodes);
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
    return [{ node, fetched: this.#fetchedOf(runtime), ...(problem === undefined ? {} : { problem }) }];
  }

  #fetchedOf({ status }: GoRuntime): string {
    return fetchedMark(mountableArtefacts(status).filter(this.#options.isFetched));
  }

  async #writeBinary(runtime: GoRuntime, observation: Observation): Promise<void> {
    if (runtime.spec.mode === 'toolchain') return this.#writeSearchPath(runtime, observation);
    if (runtime.spec.mode === 'libgo') return this.#writeLibrary(runtime, observation);
    const binary = renderObservedBinary(observation);
    if (!binary) return;
    const known = runtime.status?.binaries?.find(
      ({ image, path }) => image === binary.image && path === binary.path,
    );
    // Of pods that say different things of one image the first counts: two nodes must not take turns.
    const isTold = binary.labels === undefined || known?.labels !== undefined;
    if (known?.sha256 === binary.sha256 && isTold) return;
    // One name may mean an image for each processor: the first that was seen counts, or nodes would take turns.
    if (known && known.arch !== binary.arch) return;
    if (known || !isFull(runtime)) return await this.#options.writer.applyBinary(runtime, binary);
    const { image, path } = binary;
    this.#options.log(
      'warn',
      'a program does not fit into the status of its wish: split the wish by its selector',
      {
        ...{ runtime: runtime.metadata.name, image, path },
      },
    );
  }

  async #writeLibrary(runtime: GoRuntime, observation: Observation): Promise<void> {
    const { image } = observation.container;
    const program = observation.executable.path;
    const known = runtime.status?.libraries?.find((each) => each.image === image && each.program === program);
    const next = await updateLibrary(observation, { runtime, known }, this.#options);
    if (next && !isDeepStrictEqual(known, next)) await this.#options.writer.applyLibrary(runtime, next);
  }

  async #writeSearchPath(runtime: GoRuntime, observation: Observation): Promise<void> {
    const found = renderSearchPath(observation);
    const known = runtime.status?.searchPaths?.find(({ image }) => image === found?.image);
    if (found && (known?.path !== found.path || known.imageId !== found.imageId))
      await this.#options.writer.applySearchPath(runtime, found);
  }

  /** Drops the times of containers that are gone. */
  #forget(): void {
    const alive = new Set<string>();
    for (const pod of this.#options.pods.values())
      for (const { containerID } of pod.status?.containerStatuses ?? []) alive.add(containerID ?? '');
    for (const key of this.#observedAt.keys())
      if (!alive.has(key.split(' ', 1)[0] ?? '')) this.#observedAt.delete(key);
    this.#missing.retain(alive);
  }
}
