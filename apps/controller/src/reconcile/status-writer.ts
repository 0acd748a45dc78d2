import { isDeepStrictEqual } from 'node:util';
import { summariseReports } from '@gofleet/inject/exceptions';
import {
  binaryFieldManager,
  controllerFieldManager,
  searchPathFieldManager,
} from '@gofleet/inject/field-managers';
import type { GoRuntime, ObservedBinary, PodStatus } from '@gofleet/inject/go-runtime';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import { countPods, renderConditions } from '@gofleet/verify/summarise';
import { runtimesPath } from '../state/cluster-state.ts';

function pathOf({ metadata }: GoRuntime): string {
  return `${runtimesPath(metadata.namespace)}/${metadata.name}`;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function oursOfStatus({ status }: GoRuntime): unknown {
  const { observedGeneration, declaration, desiredPods, deliveredPods, verifiedPods, conditions } =
    status ?? {};
  const { phases, exceptions = [] } = status ?? {};
  return plain({
    ...{ observedGeneration, declaration, desiredPods, deliveredPods, verifiedPods },
    conditions: [...(conditions ?? [])].sort((a, b) => (a.type < b.type ? -1 : 1)),
    ...{ phases, exceptions },
  });
}

/** Writes the controller's part of a GoRuntime. */
export class StatusWriter {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Writes the judgements when they differ from what is there; returns the GoRuntime as it is then. */
  async write(runtime: GoRuntime, pods: readonly PodStatus[]): Promise<GoRuntime> {
    const { generation } = runtime.metadata;
    const status = {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(runtime.status?.declaration === undefined ? {} : { declaration: runtime.status.declaration }),
      ...countPods(pods),
      conditions: renderConditions(runtime, pods, new Date().toISOString().replace(/\.\d+Z$/, 'Z')),
      ...summariseReports(pods),
    };
    const next = { ...runtime, status };
    if (isDeepStrictEqual(oursOfStatus(runtime), oursOfStatus(next))) return runtime;
    await applyStatus(this.#client, runtime, { fieldManager: controllerFieldManager, status });
    return { ...runtime, status: { ...runtime.status, ...status } };
  }

  /** Forgets an observed binary whose image has changed, as the manager that wrote it. */
  async forgetBinary(runtime: GoRuntime, binary: ObservedBinary): Promise<void> {
    await applyStatus(this.#client, runtime, { fieldManager: binaryFieldManager(binary), status: {} });
  }

  /** Forgets what PATH was in an image, as the manager that wrote it. */
  async forgetSearchPath(runtime: GoRuntime, image: string): Promise<void> {
    await applyStatus(this.#client, runtime, { fieldManager: searchPathFieldManager(image), status: {} });
  }

  /** Adds or removes the finalizer; bound to the version that was read, so that nobody else's is lost. */
  async setFinalizers(runtime: GoRuntime, finalizers: readonly string[]): Promise<void> {
    const { resourceVersion } = runtime.metadata;
    await this.#client.patch(
      pathOf(runtime),
      { metadata: { resourceVersion, finalizers } },
      { type: 'merge', fieldManager: controllerFieldManager },
    );
  }
}
