import { mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Sha256 } from '@gofleet/base/digest';
import { errorToJson, isGofleetError } from '@gofleet/base/errors';
import { type Log, withFacts } from '@gofleet/base/log';
import type { ArtefactStore } from '@gofleet/build/ports';
import { identityOfArtefact } from '@gofleet/inject/artefact-identity';
import { type GoPod, goPodsPath, nodeLabel, nodeLabelValue } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { Identity } from '@gofleet/inject/identity';
import { goRuntimeApi, inCluster } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import { type KubeObject, keyOf } from '@gofleet/kube/kube-object';
import { createReflector } from '@gofleet/kube/reflector';
import { type RunningPlugin, servePlugin } from './csi/plugin-server.ts';
import { serveHealth } from './health-server.ts';
import { bindFile, prepareReadOnlyView, readMounts, unbindFile } from './mount/bind-file.ts';
import { pathsOf, readOnlyStore } from './node-paths.ts';
import { type ExecutablePorts, ExecutableReader } from './read/executable-reader.ts';
import { LibraryReader } from './read/library-reader.ts';
import { isNewsToReport } from './report/is-news.ts';
import { type Pod, stripPod } from './report/pod.ts';
import { Reporter } from './report/reporter.ts';
import { createStatusWriter } from './report/status-writer.ts';
import { SandboxEnder } from './sandboxes/sandbox-ender.ts';
import {
  ArtefactKeeper,
  type ArtefactKeeperOptions,
  wantedArtefacts,
  wantedToolchains,
} from './store/artefact-keeper.ts';
import { downloadArtefact } from './store/download-artefact.ts';
import { createObtain } from './store/obtain-artefact.ts';
import { readToolchain } from './toolchains/read-toolchain.ts';
import { ToolchainTrees } from './toolchains/toolchain-trees.ts';

/** What the node role needs. */
export interface NodeOptions {
  readonly client: KubeClient;
  readonly nodeName: string;
  /** kubelet's root directory, at the same path inside and outside of the container. */
  readonly kubeletDir: string;
  /** Without a slash at its end. */
  readonly builderUrl: string;
  readonly healthPort: number;
  readonly version: string;
  /** What the store of artefacts may take; more is kept only while it is mounted. */
  readonly storeMaxBytes: number;
  /** How often everything in the store is read afresh. */
  readonly recheckEveryMs: number;
  readonly executables: ExecutablePorts;
  readonly createStore: (dir: string) => ArtefactStore;
  readonly log: Log;
  /** Ends the role. */
  readonly signal: AbortSignal;
}

type Runtime = GoRuntime & KubeObject;

function startWatching(
  options: NodeOptions,
  artefacts: Pick<ArtefactKeeperOptions, 'store' | 'obtain'>,
  trees: ToolchainTrees,
) {
  const { client, nodeName, log } = options;
  const onError = (what: string) => (error: Parameters<typeof errorToJson>[0], nextInMs: number) =>
    log('warn', `watching ${what} failed`, { error: errorToJson(error), nextInMs });
  const runtimes = createReflector<Runtime>({
    client,
    path: `/apis/${goRuntimeApi.group}/${goRuntimeApi.version}/${goRuntimeApi.plural}`,
    onError: onError('GoRuntimes'),
    onChange: (change, runtime, previous) => {
      if (change !== 'deleted' && isNewsToReport(runtime, previous)) reporter.runtimeChanged(runtime);
      for (const keeper of keepers) keeper.runtimesChanged(change);
    },
  });
  const sandboxes = new SandboxEnder(log);
  const pods = createReflector<Pod>({
    client,
    path: '/api/v1/pods',
    query: { fieldSelector: `spec.nodeName=${nodeName}` },
    strip: stripPod,
    onError: onError('pods'),
    onChange: (change, pod, previous) => {
      reporter.podChanged(pod, previous);
      sandboxes.podChanged(change, pod);
    },
  });
  const reports = createReflector<GoPod>({
    client,
    path: goPodsPath(),
    query: { labelSelector: `${nodeLabel}=${nodeLabelValue(nodeName)}` },
    onError: onError('GoPods'),
    onChange: (_change, report) => reporter.reportChanged(keyOf(report)),
  });
  const reporter = new Reporter({
    node: nodeName,
    pods: pods.store,
    reports: reports.store,
    runtimes: runtimes.store,
    reader: new ExecutableReader(options.executables),
    isFetched: (artefact) => keepers.some((keeper) => keeper.isFetched(artefact)),
    libraries: new LibraryReader(),
    pathOf: async (artefact) => (await artefacts.store.get(artefact))?.path,
    fetchProblem: () => problems.find((problem) => problem !== undefined),
    readToolchain: (pid) => readToolchain({ procDir: '/proc', pid }, (artefact) => trees.pathOf(artefact)),
    writer: createStatusWriter(client, nodeName),
    log,
  });
  const onFetched = (artefact: string) => reporter.artefactFetched(artefact);
  const problems: (string | undefined)[] = [undefined, undefined];
  const common = (at: number) => ({
    ...{ runtimes: runtimes.store, readMounts, onFetched, log },
    ...{ maxBytes: options.storeMaxBytes, recheckEveryMs: options.recheckEveryMs },
    onProblem: (found: string | undefined) => {
      if (found === problems[at]) return;
      problems[at] = found;
      reporter.problemChanged();
    },
  });
  const files = new ArtefactKeeper({
    ...{ ...common(0), ...artefacts, wanted: wantedArtefacts },
    isSound: async ({ path, sha256 }) => (await options.executables.hashFile(path)).sha256 === sha256,
  });
  const folders = new ArtefactKeeper({
    ...{ ...common(1), store: trees, wanted: wantedToolchains },
    obtain: (artefact) => trees.obtain(artefact),
    isSound: ({ path }) => trees.isSound(path),
  });
  const keepers = [files, folders];
  const stop = async () => {
    for (const reflector of [runtimes, pods, reports]) reflector.stop();
    await Promise.all([reporter, ...keepers].map((each) => each.stop()));
  };
  // Pods first: a wish is then looked at once, with every pod known, and what was said of it.
  for (const reflector of [pods, reports]) reflector.start();
  const first = Promise.all([pods.synced, reports.synced]);
  void first.then(() => runtimes.start());
  return {
    synced: Promise.all([first, runtimes.synced]),
    stop,
    identify: (artefact: string) => identityOfArtefact(artefact, runtimes.store.values()),
    obtain: files.obtain,
    obtainToolchain: folders.obtain,
  };
}

/** Whether the DaemonSet that this pod belongs to is being deleted, rather than this pod alone. */
async function isUninstalled(client: KubeClient): Promise<boolean> {
  try {
    const path = `/apis/apps/v1/namespaces/${inCluster.namespace}/daemonsets/gofleet-node`;
    const { metadata } = await client.get<KubeObject>(path);
    return metadata.deletionTimestamp !== undefined;
  } catch (thrown) {
    return isGofleetError(thrown) && thrown.code === 'kube.not-found';
  }
}

async function shutDown(options: NodeOptions, plugin: RunningPlugin): Promise<void> {
  const { client, kubeletDir, log } = options;
  const uninstalled = await isUninstalled(client);
  await plugin.close();
  if (!uninstalled) return;
  await rm(pathsOf(kubeletDir).pluginDir, { recursive: true, force: true });
  log('info', 'uninstalled: the store of this node is removed');
}

/**
 * Runs the node role until the signal: serves the CSI, and reports what runs. What is mounted outlives it.
 * @throws `node.socket-taken`, and what listening on the health port throws
 */
export async function runNode(options: NodeOptions): Promise<void> {
  const { kubeletDir, nodeName, builderUrl, version, signal } = options;
  let identify: (artefact: string) => Identity | undefined = () => undefined;
  const log = withFacts(options.log, ({ artefact }) =>
    typeof artefact === 'string' ? identify(artefact) : undefined,
  );
  const { storeDir, csiSocket, registrationSocket } = pathsOf(kubeletDir);
  // What a killed run left half-fetched.
  await rm(join(storeDir, 'tmp'), { recursive: true, force: true });
  await mkdir(storeDir, { recursive: true, mode: 0o755 });
  await prepareReadOnlyView(storeDir, readOnlyStore);
  const store = options.createStore(storeDir);
  const download = (artefact: Sha256) => downloadArtefact(builderUrl, artefact);
  const obtain = createObtain({ store, download, log });
  const trees = new ToolchainTrees({
    dir: join(storeDir, 'toolchains'),
    obtain,
    dropArchive: (artefact) => store.remove(artefact),
    readMounts,
  });
  let ports = { obtain, obtainToolchain: (artefact: Sha256) => trees.obtain(artefact) };
  const inView = async (path: Promise<string>) => join(readOnlyStore, relative(storeDir, await path));
  const plugin = await servePlugin(
    { driver: inCluster.csiDriver, version, nodeId: nodeName, csiSocket, registrationSocket },
    {
      obtain: (artefact) => inView(ports.obtain(artefact)),
      obtainToolchain: (artefact) => inView(ports.obtainToolchain(artefact)),
      ...{ bindFile, unbindFile, kubeletDir },
    },
    log,
  );
  let synced = false;
  const health = await serveHealth(options.healthPort, () => synced && plugin.isRegistered());
  const watching = startWatching({ ...options, log }, { store, obtain }, trees);
  ports = watching;
  identify = watching.identify;
  void watching.synced.then(() => {
    synced = true;
    log('info', 'ready', { node: nodeName, rssBytes: process.memoryUsage.rss() });
  });
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await watching.stop();
  await shutDown(options, plugin);
  health.close();
}
