import { isGofleetError } from '@gofleet/base/errors';
import type { DisruptionBudget } from '@gofleet/inject/choose-rolls';
import type { LabelSelector } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';

interface Source extends KubeObject {
  readonly spec: { readonly selector?: LabelSelector };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
  };
}

type Version = 'v1' | 'v1beta1';

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** Before policy/v1 an empty selector meant no pod. What a budget has not counted yet allows nothing. */
function budgetOf({ metadata, spec, status = {} }: Source, version: Version): DisruptionBudget {
  const { selector } = spec;
  const selectsNone = selector === undefined || (version === 'v1beta1' && isEmpty(selector));
  const isCounted = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return {
    name: metadata.name,
    ...(selectsNone ? {} : { selector }),
    disruptionsAllowed: isCounted ? (status.disruptionsAllowed ?? 0) : 0,
    currentHealthy: status.currentHealthy ?? 0,
    desiredHealthy: status.desiredHealthy ?? 0,
  };
}

/** The PodDisruptionBudgets of a namespace, in the version of policy that this API server has. */
export class DisruptionBudgets {
  readonly #client: KubeClient;
  #version: Version | undefined;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async of(namespace: string): Promise<readonly DisruptionBudget[]> {
    this.#version ??= await this.#discover();
    const version = this.#version;
    const path = `/apis/policy/${version}/namespaces/${namespace}/poddisruptionbudgets`;
    const { items } = await this.#client.list<Source>(path);
    return items.map((item) => budgetOf(item, version));
  }

  /** policy/v1 is served since Kubernetes 1.21. */
  async #discover(): Promise<Version> {
    try {
      await this.#client.get('/apis/policy/v1');
      return 'v1';
    } catch (thrown) {
      if (!isGofleetError(thrown) || thrown.code !== 'kube.not-found') throw thrown;
      return 'v1beta1';
    }
  }
}
