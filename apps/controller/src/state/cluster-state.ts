import { isDeepStrictEqual } from 'node:util';
import { errorToJson, type GofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { fingerprintOf } from '@gofleet/inject/artefact-identity';
import { withoutOtherModules } from '@gofleet/inject/find-operator';
import { type GoPod, goPodsPath } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import type { ObservedBinary } from '@gofleet/inject/runtime-status';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { createReflector, type Reflector } from '@gofleet/kube/reflector';
import { CommonParts } from './common-parts.ts';
import { type Pod, stripPod } from './pod.ts';

export type Runtime = GoRuntime & KubeObject;

export interface ClusterStateOptions {
  readonly client: KubeClient;
  readonly log: Log;
  /** A GoRuntime came, changed or went, or a pod of its namespace did. */
  readonly onRuntime: (key: string) => void;
  /** The set of GoRuntimes, or what is ready of them, may have changed. */
  readonly onWishes: () => void;
}

/** The path of the GoRuntimes of a namespace, or of all. */
export function runtimesPath(namespace?: string): string {
  const base = `/apis/${goRuntimeApi.group}/${goRuntimeApi.version}`;
  return namespace === undefined
    ? `${base}/${goRuntimeApi.plural}`
    : `${base}/namespaces/${namespace}/${goRuntimeApi.plural}`;
}

function stripBinary(binary: ObservedBinary): ObservedBinary {
  const fingerprint = fingerprintOf(binary);
  return {
    ...binary,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    // A copy: a slice of a text keeps all of it in memory.
    buildInfo: Buffer.from(withoutOtherModules(binary.buildInfo)).toString(),
  };
}

/**
 * Of the build info of observed programs what wishes are decided by: it is most of what a wish holds. What was kept of the same executable
 * in `known` is taken over, so that a wish's next event does not parse all of them again.
 */
export function stripRuntime(runtime: Runtime, known?: Runtime): Runtime {
  const { binaries } = runtime.status ?? {};
  if (binaries === undefined) return runtime;
  const bySha256 = new Map(known?.status?.binaries?.map((binary) => [binary.sha256, binary]));
  const lean = binaries.map((binary) => {
    const { buildInfo, fingerprint } = bySha256.get(binary.sha256) ?? stripBinary(binary);
    return { ...binary, ...(fingerprint === undefined ? {} : { fingerprint }), buildInfo };
  });
  return { ...runtime, status: { ...runtime.status, binaries: lean } };
}

/** What is watched of a namespace. */
interface NamespaceWatch {
  readonly pods: Reflector<Pod>;
  readonly reports: Reflector<GoPod>;
}

/** All GoRuntimes, and the pods with what is known of them of those namespaces that have one; held in memory. */
export class ClusterState {
  readonly #options: ClusterStateOptions;
  readonly #runtimes: Reflector<Runtime>;
  readonly #namespaces = new Map<string, NamespaceWatch>();
  readonly #parts = new CommonParts();
  readonly #byNamespace = new Map<string, Map<string, Runtime>>();

  constructor(options: ClusterStateOptions) {
    this.#options = options;
    this.#runtimes = createReflector<Runtime>({
      client: options.client,
      path: runtimesPath(),
      // Each may hold the build info of as many programs as fit into etcd.
      pageSize: 10,
      strip: stripRuntime,
      onChange: (change, runtime) => {
        this.#index(runtime, change === 'deleted');
        options.onWishes();
        options.onRuntime(`${runtime.metadata.namespace}/${runtime.metadata.name}`);
      },
      onError: this.#reporter('GoRuntimes'),
    });
  }

  start(): void {
    this.#runtimes.start();
  }

  stop(): void {
    this.#runtimes.stop();
    for (const { pods, reports } of this.#namespaces.values())
      for (const each of [pods, reports]) each.stop();
  }

  /** Resolves when all GoRuntimes are known. */
  get synced(): Promise<void> {
    return this.#runtimes.synced;
  }

  runtime(key: string): Runtime | undefined {
    return this.#runtimes.store.get(key);
  }

  runtimes(): readonly Runtime[] {
    return [...this.#runtimes.store.values()];
  }

  runtimesOf(namespace: string): readonly Runtime[] {
    return [...(this.#byNamespace.get(namespace)?.values() ?? [])];
  }

  /** The pods of a namespace that has a GoRuntime, once they are known. */
  async podsOf(namespace: string): Promise<readonly Pod[]> {
    const watched = this.#namespaces.get(namespace);
    await watched?.pods.untilSynced();
    return [...(watched?.pods.store.values() ?? [])];
  }

  /** What is known of those pods, by their names, once it is known. */
  async reportsOf(namespace: string): Promise<ReadonlyMap<string, GoPod>> {
    const watched = this.#namespaces.get(namespace);
    await watched?.reports.untilSynced();
    return new Map([...(watched?.reports.store.values() ?? [])].map((each) => [each.metadata.name, each]));
  }

  #index(runtime: Runtime, isDeleted: boolean): void {
    const { namespace, name } = runtime.metadata;
    const known = this.#byNamespace.get(namespace) ?? new Map<string, Runtime>();
    if (isDeleted) known.delete(name);
    else known.set(name, runtime);
    this.#byNamespace.set(namespace, known);
    if (known.size > 0) this.#watch(namespace);
    else this.#forget(namespace);
  }

  #watch(namespace: string): void {
    if (this.#namespaces.has(namespace)) return;
    const { client } = this.#options;
    const pods = createReflector<Pod>({
      ...{ client, path: `/api/v1/namespaces/${namespace}/pods` },
      strip: (pod) => this.#parts.ofPod(stripPod(pod)),
      onChange: () => this.#tell(namespace),
      onError: this.#reporter(`pods of ${namespace}`),
    });
    const reports = createReflector<GoPod>({
      ...{ client, path: goPodsPath(namespace), strip: (report) => this.#parts.ofReport(report) },
      // What the controller itself wrote is no news.
      onChange: (change, { containers }, previous) => {
        const isNews = change === 'deleted' || !isDeepStrictEqual(containers, previous?.containers);
        if (isNews) this.#tell(namespace);
      },
      onError: this.#reporter(`GoPods of ${namespace}`),
    });
    this.#namespaces.set(namespace, { pods, reports });
    for (const each of [pods, reports]) each.start();
  }

  #tell(namespace: string): void {
    for (const name of this.#byNamespace.get(namespace)?.keys() ?? [])
      this.#options.onRuntime(`${namespace}/${name}`);
  }

  #forget(namespace: string): void {
    const watched = this.#namespaces.get(namespace);
    for (const each of watched ? [watched.pods, watched.reports] : []) each.stop();
    this.#namespaces.delete(namespace);
    this.#byNamespace.delete(namespace);
  }

  #reporter(what: string): (error: GofleetError, nextInMs: number) => void {
    return (error, nextInMs) =>
      this.#options.log('warn', `watching ${what} failed`, { error: errorToJson(error), nextInMs });
  }
}
