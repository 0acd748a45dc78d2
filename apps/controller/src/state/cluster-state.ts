import { errorToJson, type GofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { type GoRuntime, goRuntimeApi } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { createReflector, type Reflector } from '@gofleet/kube/reflector';
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

/** All GoRuntimes, and the pods of those namespaces that have one; held in memory. */
export class ClusterState {
  readonly #options: ClusterStateOptions;
  readonly #runtimes: Reflector<Runtime>;
  readonly #pods = new Map<string, Reflector<Pod>>();
  readonly #byNamespace = new Map<string, Map<string, Runtime>>();

  constructor(options: ClusterStateOptions) {
    this.#options = options;
    this.#runtimes = createReflector<Runtime>({
      client: options.client,
      path: runtimesPath(),
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
    for (const reflector of this.#pods.values()) reflector.stop();
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
    const reflector = this.#pods.get(namespace);
    await reflector?.synced;
    return [...(reflector?.store.values() ?? [])];
  }

  #index(runtime: Runtime, isDeleted: boolean): void {
    const { namespace, name } = runtime.metadata;
    const known = this.#byNamespace.get(namespace) ?? new Map<string, Runtime>();
    if (isDeleted) known.delete(name);
    else known.set(name, runtime);
    this.#byNamespace.set(namespace, known);
    if (known.size > 0) this.#watchPods(namespace);
    else this.#forget(namespace);
  }

  #watchPods(namespace: string): void {
    if (this.#pods.has(namespace)) return;
    const reflector = createReflector<Pod>({
      client: this.#options.client,
      path: `/api/v1/namespaces/${namespace}/pods`,
      strip: stripPod,
      onChange: () => {
        for (const name of this.#byNamespace.get(namespace)?.keys() ?? [])
          this.#options.onRuntime(`${namespace}/${name}`);
      },
      onError: this.#reporter(`pods of ${namespace}`),
    });
    this.#pods.set(namespace, reflector);
    reflector.start();
  }

  #forget(namespace: string): void {
    this.#pods.get(namespace)?.stop();
    this.#pods.delete(namespace);
    this.#byNamespace.delete(namespace);
  }

  #reporter(what: string): (error: GofleetError, nextInMs: number) => void {
    return (error, nextInMs) =>
      this.#options.log('warn', `watching ${what} failed`, { error: errorToJson(error), nextInMs });
  }
}
