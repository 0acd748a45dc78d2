import { errorToJson } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { ArtefactStore, AttestationStore } from '@gofleet/build/ports';
import type { GoBuild } from '@gofleet/inject/builds';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import { createEventRecorder } from '@gofleet/kube/events';
import { createReflector } from '@gofleet/kube/reflector';
import { serveArtefacts } from './artefact-server.ts';
import { Attester, type AttesterOptions } from './attest/attester.ts';
import { tellBuilds } from './build-log.ts';
import { LibraryKeeper, type LibrarySource } from './library-keeper.ts';
import { eventOfBuild } from './queue/announce-build.ts';
import { BuildKeeper } from './queue/build-keeper.ts';
import { Publisher, type Push } from './queue/publisher.ts';
import { WorkerJobs } from './queue/worker-jobs.ts';
import { type DigestsOf, type Runtime, RuntimeKeeper } from './runtime-keeper.ts';
import { type FetchToolchain, ToolchainKeeper } from './toolchain-keeper.ts';
import { BuildWorker } from './worker/build-worker.ts';
import type { Relink } from './worker/relink.ts';
import { watchBuilds } from './worker/watch-builds.ts';

/** What the builder role needs. */
export interface BuilderOptions {
  readonly client: KubeClient;
  readonly listenPort: number;
  readonly store: ArtefactStore;
  readonly attestations: AttestationStore;
  /** Signs what is built; absent where nobody is to verify it. */
  readonly signer?: Pick<AttesterOptions, 'files' | 'identity' | 'openKey'>;
  readonly resolve: (constraint: string, signal: AbortSignal) => Promise<{ readonly goVersion: string }>;
  readonly digestsOf: DigestsOf;
  /** The program that stands for `go` in pods. */
  readonly readShim: () => Promise<Uint8Array>;
  readonly fetchToolchain: FetchToolchain;
  readonly libraries: LibrarySource;
  /** Names this process as a worker. */
  readonly name: string;
  readonly relink: Relink;
  /** Relinks at a time in this process; 0 when workers are run by somebody else. */
  readonly concurrency: number;
  /** After so many seconds without a renewal another may take over what this process builds. */
  readonly leaseSeconds: number;
  /** Relinks in so many pods of their own instead, when there are any. */
  readonly workerPods: number;
  /** How long a build is kept that no wish needs. */
  readonly retentionMs: number;
  /** Where artefacts are pushed, besides. */
  readonly push?: Push;
  readonly log: Log;
  /** Ends the role, and gives back what it is building. */
  readonly signal: AbortSignal;
}

/** Something that looks at builds as they change, and is stopped at the end. */
interface Part {
  changed(build: GoBuild, previous: GoBuild | undefined): void;
  stop(): Promise<void>;
}

function createParts(options: BuilderOptions, builds: ReadonlyMap<string, GoBuild>): Part[] {
  const { client, store, attestations, signer, workerPods: max, push, log } = options;
  return [
    ...(signer === undefined ? [] : [new Attester({ ...options, ...signer, builds })]),
    ...(max === 0 ? [] : [new WorkerJobs({ client, builds, max, log })]),
    ...(push === undefined ? [] : [new Publisher({ client, builds, store, attestations, push, log })]),
  ];
}

/** Whether releases are to be fetched for a wish, or were. */
function mountsReleases({ spec, status }: Runtime): boolean {
  return spec.mode === 'toolchain' || spec.sandbox !== undefined || status?.toolchain !== undefined;
}

function watchEverything(options: BuilderOptions) {
  const { client, store, retentionMs, signal } = options;
  const log = tellBuilds(options.log, (name) => builds.store.get(name));
  const record = createEventRecorder(client, log, 'gofleet-builder');
  const builds = watchBuilds(client, log, (change, build, previous) => {
    worker.changed(change, build);
    builder.buildChanged(build, previous);
    keeper.buildChanged(build.metadata.name);
    for (const part of parts) part.changed(build, previous);
    const event = change === 'modified' ? eventOfBuild(build, previous) : undefined;
    if (event) void record(build, event);
  });
  const runtimes = createReflector<Runtime>({
    client,
    path: `/apis/${goRuntimeApi.group}/${goRuntimeApi.version}/${goRuntimeApi.plural}`,
    onError: (error, nextInMs) =>
      log('warn', 'watching GoRuntimes failed', { error: errorToJson(error), nextInMs }),
    onChange: (change, runtime) => {
      const mode = change === 'deleted' ? undefined : (runtime.spec.mode ?? 'relink');
      if (mode === 'relink') keeper.changed(runtime);
      else keeper.removed(runtime);
      if (mode !== undefined && mountsReleases(runtime)) toolchains.changed(runtime);
      else toolchains.removed(runtime);
      if (mode === 'libgo') libraries.changed(runtime);
      else libraries.removed(runtime);
    },
  });
  const keeper = new RuntimeKeeper({
    client,
    runtimes: runtimes.store,
    builds: builds.store,
    onDemand: () => void runtimes.synced.then(() => builder.wishesChanged()),
    resolve: (constraint) => options.resolve(constraint, signal),
    digestsOf: options.digestsOf,
    log,
  });
  const toolchains = new ToolchainKeeper({
    ...options,
    runtimes: runtimes.store,
    resolve: (constraint) => options.resolve(constraint, signal),
  });
  const libraries = new LibraryKeeper({ ...options, runtimes: runtimes.store });
  const builder = new BuildKeeper({
    ...{ client, store, retentionMs, log },
    builds: builds.store,
    wanted: () => keeper.wanted(),
  });
  // What is made here lies in the store already.
  const worker = new BuildWorker({ ...options, log, builds: builds.store, handIn: async () => undefined });
  const parts = createParts({ ...options, log }, builds.store);
  // Builds first: a wish is then judged with every build known.
  builds.start();
  void builds.synced.then(() => runtimes.start());
  const stop = async () => {
    for (const reflector of [runtimes, builds]) reflector.stop();
    await Promise.all([keeper, toolchains, libraries, builder, ...parts].map((each) => each.stop()));
  };
  return {
    synced: Promise.all([builds.synced, runtimes.synced]),
    builds: builds.store,
    builder,
    toolchains,
    libraries,
    worker,
    stop,
  };
}

/**
 * Runs the builder role until the signal: resolves what GoRuntimes wish for, keeps the queue of GoBuilds, makes them or has them made
 * by workers, and serves the artefacts.
 * @throws what listening on the port throws
 */
export async function runBuilder(options: BuilderOptions): Promise<void> {
  const { listenPort, store, attestations, workerPods, log, signal } = options;
  const { synced, builds, builder, toolchains, libraries, worker, stop } = watchEverything(options);
  const server = await serveArtefacts({
    port: listenPort,
    ...{ store, attestations },
    onMissing: (artefact) =>
      [builder, toolchains, libraries].some((keeper) => keeper.artefactMissing(artefact)),
    isAnnounced: (artefact) => [...builds.values()].some(({ status }) => status?.announced === artefact),
    log,
  });
  const ended = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  void synced.then(() => log('info', 'ready', { rssBytes: process.memoryUsage.rss(), workerPods }));
  await Promise.race([synced, ended]);
  if (workerPods === 0) await worker.run(signal);
  if (!signal.aborted) await ended;
  server.close();
  await stop();
  server.closeAllConnections();
}
