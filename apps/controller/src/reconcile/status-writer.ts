import { isDeepStrictEqual } from 'node:util';
import { summariseRollout } from '@gofleet/inject/describe-rollout';
import { summariseReports } from '@gofleet/inject/exceptions';
import {
  binaryFieldManager,
  controllerFieldManager,
  libraryFieldManager,
  searchPathFieldManager,
} from '@gofleet/inject/field-managers';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { ObservedLibrary } from '@gofleet/inject/library';
import type { RolloutStatus } from '@gofleet/inject/rollout-status';
import type { ObservedBinary, PodStatus } from '@gofleet/inject/runtime-status';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import { countPods, renderConditions } from '@gofleet/verify/summarise';
import { runtimesPath } from '../state/cluster-state.ts';

function pathOf({ metadata }: GoRuntime): string {
  return `${runtimesPath(metadata.namespace)}/${metadata.name}`;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function oursOfStatus({ status }: GoRuntime): unknown {
  const { observedGeneration, declaration, desiredPods, deliveredPods, verifiedPods } = status ?? {};
  const { conditions, rollout, summary, phases, exceptions = [] } = status ?? {};
  return plain({
    ...{ observedGeneration, declaration, desiredPods, deliveredPods, verifiedPods, rollout, summary },
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
  async write(
    runtime: GoRuntime,
    pods: readonly PodStatus[],
    rollout: RolloutStatus | undefined,
  ): Promise<GoRuntime> {
    const { generation } = runtime.metadata;
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const { rollout: _, ...before } = runtime.status ?? {};
    const counts = countPods(pods);
    const known = { ...before, ...counts, ...(rollout === undefined ? {} : { rollout }) };
    const conditions = renderConditions({ ...runtime, status: known }, pods, now);
    const status = {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(runtime.status?.declaration === undefined ? {} : { declaration: runtime.status.declaration }),
      ...counts,
      conditions,
      ...(rollout === undefined ? {} : { rollout }),
      summary: summariseRollout({ ...runtime, status: { ...known, conditions } }),
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

  /** Forgets what a program runs on, as the manager that wrote it. */
  async forgetLibrary(runtime: GoRuntime, library: ObservedLibrary): Promise<void> {
    await applyStatus(this.#client, runtime, { fieldManager: libraryFieldManager(library), status: {} });
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
