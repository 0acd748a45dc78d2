import { type GoPod, goPodsPath, podStatusesOf } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { parseInjections } from '@gofleet/inject/pod';
import type { PodStatus } from '@gofleet/inject/runtime-status';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { image } from './fleet.ts';
import { waitUntil } from './wait-until.ts';

export interface Pod extends KubeObject {
  readonly spec: {
    readonly volumes?: readonly { csi?: unknown }[];
    readonly containers: readonly {
      readonly image: string;
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly containerID?: string;
      readonly imageID: string;
    }[];
  };
}

export interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number; readonly template: KubeObject };
  readonly status?: { readonly availableReplicas?: number; readonly updatedReplicas?: number };
}

/** A namespace of a test with a Deployment `present` in it. */
export class Shop {
  readonly client: KubeClient;
  readonly namespace: string;

  constructor(client: KubeClient, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  runtimePath(name = 'present'): string {
    return `/apis/gofleet.dev/v1alpha1/namespaces/${this.namespace}/goruntimes/${name}`;
  }

  deploymentPath(name = 'present'): string {
    return `/apis/apps/v1/namespaces/${this.namespace}/deployments/${name}`;
  }

  async open(replicas = 1): Promise<void> {
    await this.client.create('/api/v1/namespaces', { metadata: { name: this.namespace } });
    await this.deploy('present', replicas);
    await this.untilAvailable(replicas);
  }

  async deploy(
    name: string,
    replicas: number,
    {
      labels = {},
      annotations,
      other,
      container: more = {},
      pod = {},
      surge = 1,
    }: {
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
      other?: string;
      container?: object;
      pod?: object;
      surge?: 0 | 1;
    } = {},
  ): Promise<void> {
    const probe = { readinessProbe: { httpGet: { path: '/', port: 3999 }, periodSeconds: 1 } };
    const container = {
      ...{ name: 'present', image: other ?? image, imagePullPolicy: 'IfNotPresent' },
      ...(other === undefined ? probe : {}),
      ...more,
    };
    const selector = { app: 'present', deployment: name };
    await this.client.create(`/apis/apps/v1/namespaces/${this.namespace}/deployments`, {
      metadata: { name },
      spec: {
        replicas,
        minReadySeconds: 1,
        strategy: { rollingUpdate: { maxSurge: surge, maxUnavailable: 1 - surge } },
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: { ...selector, ...labels }, ...(annotations ? { annotations } : {}) },
          spec: { ...pod, containers: [container] },
        },
      },
    });
  }

  deployment(name = 'present'): Promise<Deployment> {
    return this.client.get(this.deploymentPath(name));
  }

  runtime(): Promise<GoRuntime> {
    return this.client.get(this.runtimePath());
  }

  async pods(deployment = 'present'): Promise<readonly Pod[]> {
    const query = { labelSelector: `deployment=${deployment}` };
    const { items } = await this.client.list<Pod>(`/api/v1/namespaces/${this.namespace}/pods`, query);
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  async injected(deployment = 'present'): Promise<readonly boolean[]> {
    return (await this.pods(deployment)).map(
      ({ metadata }) => parseInjections(metadata.annotations).length > 0,
    );
  }

  async wish(runtime: GoRuntime): Promise<void> {
    await this.client.create(`/apis/gofleet.dev/v1alpha1/namespaces/${this.namespace}/goruntimes`, runtime);
  }

  async patchWish(spec: object): Promise<void> {
    await this.client.patch(this.runtimePath(), { spec }, { type: 'merge' });
  }

  untilAvailable(replicas: number, name = 'present'): Promise<unknown> {
    return waitUntil(`${replicas} available pods of ${name}`, async () => {
      const { status } = await this.deployment(name);
      return status?.availableReplicas === replicas && status.updatedReplicas === replicas;
    });
  }

  /** What is known of the containers that a wish selects. */
  async judged(name = 'present'): Promise<readonly PodStatus[]> {
    const { items } = await this.client.list<GoPod>(goPodsPath(this.namespace));
    return podStatusesOf({ metadata: { name, namespace: this.namespace } }, items);
  }

  /** The entries of the wish once each of so many containers is in the phase. */
  untilPhase(phase: string, containers: number): Promise<readonly PodStatus[]> {
    return waitUntil(
      `${containers} containers to be ${phase}`,
      async () => {
        const entries = await this.judged();
        return entries.length === containers && entries.every((entry) => entry.phase === phase) && entries;
      },
      { timeoutMs: 400_000, describe: async () => (await this.runtime()).status },
    );
  }

  /** Deletes the wish and waits until it is gone, which is when everything is restored. */
  async unwish(): Promise<void> {
    await this.client.delete(this.runtimePath());
    const path = `/apis/gofleet.dev/v1alpha1/namespaces/${this.namespace}/goruntimes`;
    await waitUntil('the wish to go', async () => (await this.client.list(path)).items.length === 0);
  }
}
