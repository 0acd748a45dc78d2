import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { waitFor } from '../wait-for.ts';
import { type GoMetrics, parseGoMetrics } from './go-metrics.ts';
import { type PublishedOperator, renderWorkFor, workPathOf } from './operator.ts';

/** The parts of a pod that the demo looks at. */
interface Pod extends KubeObject {
  readonly spec: {
    readonly containers: readonly {
      name: string;
      image: string;
      command?: readonly string[];
      args?: readonly string[];
    }[];
  };
  readonly status?: {
    readonly containerStatuses?: readonly {
      name: string;
      imageID: string;
      ready: boolean;
      restartCount: number;
    }[];
    readonly conditions?: readonly { type: string; status: string }[];
  };
}

interface Lease extends KubeObject {
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseTransitions?: number;
    readonly renewTime?: string;
  };
}

/** The operator's pod as the API server shows it. */
export interface OperatorPod {
  readonly pod: string;
  readonly image: string;
  /** Resolved image, with its digest. */
  readonly imageID: string;
  readonly command: readonly string[];
}

/** The operator at work: its pod, its lease, its answer to work, its garbage collector. */
export class OperatorInCluster {
  readonly operator: PublishedOperator;
  readonly #client: KubeClient;
  readonly #signal: AbortSignal;

  constructor(client: KubeClient, operator: PublishedOperator, signal: AbortSignal) {
    this.#client = client;
    this.operator = operator;
    this.#signal = signal;
  }

  /** The one ready pod of the Deployment, once there is no other. */
  waitForOnePod(): Promise<OperatorPod> {
    return waitFor({
      what: `one ready pod of ${this.operator.deployment}`,
      timeoutMs: 180_000,
      probe: () => this.#onePod(),
      ...this.#common,
    });
  }

  /** Waits until that pod holds the operator's lease; answers the holder's identity. */
  waitForLease(pod: string): Promise<string> {
    const { namespace, lease } = this.operator;
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${lease}`;
    const probe = async (): Promise<string | undefined> => {
      const holder = (await this.#client.get<Lease>(path)).spec.holderIdentity ?? '';
      return holder.startsWith(pod) ? holder : undefined;
    };
    return waitFor({ what: `the lease ${lease} held by ${pod}`, timeoutMs: 90_000, probe, ...this.#common });
  }

  /** Creates work for the operator and waits for its answer; milliseconds that it took. */
  async waitForReconcile(name: string): Promise<number> {
    const { namespace } = this.operator;
    const startedAt = performance.now();
    await this.#client.create(workPathOf(this.operator), renderWorkFor(this.operator, name));
    const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}-server`;
    await waitFor({
      what: `the StatefulSet that ${name} asks for`,
      timeoutMs: 60_000,
      probe: () => this.#client.get(path),
      ...this.#common,
    });
    return Math.round(performance.now() - startedAt);
  }

  /** What the operator's own /metrics says of its Go runtime. */
  async goMetrics(pod: string): Promise<GoMetrics | undefined> {
    const { namespace, metricsPort } = this.operator;
    return parseGoMetrics(
      await this.#client.getText(`/api/v1/namespaces/${namespace}/pods/${pod}:${metricsPort}/proxy/metrics`),
    );
  }

  get #common(): { signal: AbortSignal; hint: string } {
    return {
      signal: this.#signal,
      hint: `look at it with: kubectl get pods,events -n ${this.operator.namespace}`,
    };
  }

  async #onePod(): Promise<OperatorPod | undefined> {
    const { namespace, labels, container } = this.operator;
    const labelSelector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value},pod-template-hash`)
      .join(',');
    const { items } = await this.#client.list<Pod>(`/api/v1/namespaces/${namespace}/pods`, { labelSelector });
    const [pod, ...others] = items;
    const status = pod?.status?.containerStatuses?.find(({ name }) => name === container);
    const spec = pod?.spec.containers.find(({ name }) => name === container);
    if (!pod || !spec || !status?.ready || others.length > 0) return undefined;
    return {
      pod: pod.metadata.name,
      image: spec.image,
      imageID: status.imageID,
      command: [...(spec.command ?? []), ...(spec.args ?? [])],
    };
  }
}
