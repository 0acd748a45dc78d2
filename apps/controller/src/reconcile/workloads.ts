import { controllerFieldManager } from '@gofleet/inject/field-managers';
import { inCluster } from '@gofleet/inject/in-cluster';
import { type Partition, type PartitionedSet, partitionOf } from '@gofleet/inject/partition';
import { rolloutOf } from '@gofleet/inject/plan-rollout';
import type { PodTemplate } from '@gofleet/inject/pod';
import {
  explainServiceVersion,
  listsDeployment,
  planServiceVersion,
  rolloutIn,
  type ServiceVersion,
  serviceVersionApi,
  serviceVersionOf,
} from '@gofleet/inject/service-version';
import type { ReplacementStrategy } from '@gofleet/inject/takes-down';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import type { Pod } from '../state/pod.ts';

const kinds = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;

type Kind = keyof typeof kinds;

interface Source extends KubeObject {
  readonly spec: {
    readonly template: PodTemplate;
    readonly paused?: boolean;
    readonly replicas?: number;
    readonly updateStrategy?: { readonly type?: string };
  } & ReplacementStrategy &
    PartitionedSet['spec'];
  readonly status?: PartitionedSet['status'] & { readonly desiredNumberScheduled?: number };
}

/** A workload that replaces its pods by itself when its template changes. */
export interface Workload {
  readonly kind: Kind;
  readonly name: string;
  readonly path: string;
  readonly template: PodTemplate;
  /** How many pods it is to have; fewer while it replaces one that goes before its successor comes. */
  readonly wantedPods?: number;
  /** How it replaces its pods. */
  readonly strategy?: ReplacementStrategy;
  /** Of a StatefulSet that has one: pods below it are not replaced. */
  readonly partition?: Partition;
  /** Why it does not replace them now. */
  readonly waitsFor?: string;
  /** What OLM writes it from. Then `template` carries the roll-out annotation that this one gives it. */
  readonly version?: ServiceVersion;
  /** In words, who else writes its template. */
  readonly managed?: string;
}

function waitsFor(kind: Kind, source: Source, partition: Partition | undefined): string | undefined {
  const { metadata, spec } = source;
  if (spec.paused === true) return `its Deployment ${metadata.name} is paused`;
  if (spec.updateStrategy?.type === 'OnDelete')
    return `its ${kind} ${metadata.name} replaces pods only when they are deleted (OnDelete)`;
  if (partition && partition.below >= wantedPodsOf(kind, source))
    return `its StatefulSet ${metadata.name} replaces none of its pods (partition ${partition.below})`;
  return undefined;
}

function wantedPodsOf(kind: Kind, { spec, status }: Source): number {
  return kind === 'DaemonSet' ? (status?.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
}

function workloadOf(kind: Kind, source: Source): Workload {
  const { name, namespace } = source.metadata;
  const partition = kind === 'StatefulSet' ? partitionOf(source) : undefined;
  const waiting = waitsFor(kind, source, partition);
  return {
    kind,
    name,
    path: `/apis/apps/v1/namespaces/${namespace}/${kinds[kind]}/${name}`,
    template: source.spec.template,
    wantedPods: wantedPodsOf(kind, source),
    strategy: source.spec,
    ...(partition === undefined ? {} : { partition }),
    ...(waiting === undefined ? {} : { waitsFor: waiting }),
  };
}

/** The annotation counts from the moment at which OLM is told of it; what is on the Deployment alone is still to be removed. */
function managedBy(version: ServiceVersion, workload: Workload): Workload {
  const { name, template } = workload;
  const current = rolloutOf(template);
  const value = rolloutIn(version, name) ?? current;
  const annotations = {
    ...template.metadata?.annotations,
    ...(value === undefined ? {} : { [inCluster.rolloutAnnotation]: value }),
  };
  return {
    ...{ ...workload, version, managed: explainServiceVersion(version, name, current) },
    template: { ...template, metadata: { ...template.metadata, annotations } },
  };
}

function versionPath(namespace: string | undefined, name: string): string {
  const { group, version, plural } = serviceVersionApi;
  return `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`;
}

/** As roll-outs name it: `Deployment/cart`. */
export function nameOf({ kind, name }: Pick<Workload, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** For events: `Deployment cart`, and who else writes it. */
export function describeWorkload({ kind, name, managed }: Workload): string {
  return managed === undefined ? `${kind} ${name}` : `${kind} ${name} (${managed})`;
}

/** Finds the workloads behind pods and rolls them by their templates. */
export class Workloads {
  readonly #client: KubeClient;
  /** Deployment of a ReplicaSet, by its uid: owners do not change. */
  readonly #deployments = new Map<string, string | undefined>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** The workload behind each pod, by pod name; pods that nothing replaces (bare, Jobs, bare ReplicaSets) are absent. */
  async ownersOf(pods: readonly Pod[]): Promise<ReadonlyMap<string, Workload>> {
    const found = new Map<string, Workload | undefined>();
    const owners = new Map<string, Workload>();
    for (const pod of pods) {
      const reference = await this.#reference(pod);
      if (!reference) continue;
      const { kind, name } = reference;
      const key = `${kind}/${name}`;
      if (!found.has(key)) found.set(key, await this.#read(kind, pod.metadata.namespace ?? '', name));
      const workload = found.get(key);
      if (workload) owners.set(pod.metadata.name, workload);
    }
    return owners;
  }

  /** A workload as roll-outs name it, whether or not it has pods; `undefined` when it is gone. */
  async find(namespace: string, named: string): Promise<Workload | undefined> {
    const [kind = '', name = ''] = named.split('/');
    return kind in kinds ? this.#read(kind as Kind, namespace, name) : undefined;
  }

  /** The workloads of a namespace whose templates carry gofleet's annotation. */
  async annotated(namespace: string): Promise<readonly Workload[]> {
    const lists = await Promise.all(
      Object.entries(kinds).map(async ([kind, plural]) => {
        const { items } = await this.#client.list<Source>(`/apis/apps/v1/namespaces/${namespace}/${plural}`);
        return Promise.all(items.map((item) => this.#workload(kind as Kind, item)));
      }),
    );
    const name = inCluster.rolloutAnnotation;
    return lists.flat().filter(({ template }) => template.metadata?.annotations?.[name] !== undefined);
  }

  /**
   * Sets the roll-out annotation of the template, or removes it (`null`); the workload does the rest by its own strategy. Where OLM
   * writes the template, it is told: two that write would replace pods in turns.
   */
  async annotate(workload: Workload, value: string | null): Promise<void> {
    const { path, name, version } = workload;
    if (version && (value !== null || rolloutIn(version, name) !== undefined))
      return this.#tell(version, name, value);
    const annotations = { [inCluster.rolloutAnnotation]: value };
    await unlessGone(
      this.#client.patch(
        path,
        { spec: { template: { metadata: { annotations } } } },
        { type: 'merge', fieldManager: controllerFieldManager },
      ),
    );
  }

  async #read(kind: Kind, namespace: string, name: string): Promise<Workload | undefined> {
    const path = `/apis/apps/v1/namespaces/${namespace}/${kinds[kind]}/${name}`;
    const source = await unlessGone(this.#client.get<Source>(path));
    return source && this.#workload(kind, source);
  }

  async #workload(kind: Kind, source: Source): Promise<Workload> {
    const workload = workloadOf(kind, source);
    const owner = serviceVersionOf(source);
    if (owner === undefined) return workload;
    const path = versionPath(source.metadata.namespace, owner);
    const version = await unlessGone(this.#client.get<ServiceVersion>(path));
    return version && listsDeployment(version, workload.name) ? managedBy(version, workload) : workload;
  }

  async #tell(version: ServiceVersion, deployment: string, value: string | null): Promise<void> {
    const patch = planServiceVersion(version, deployment, value);
    if (patch.length === 0) return;
    const path = versionPath(version.metadata.namespace, version.metadata.name);
    await unlessGone(this.#client.patch(path, patch, { type: 'json', fieldManager: controllerFieldManager }));
  }

  async #reference({ metadata }: Pod): Promise<{ kind: Kind; name: string } | undefined> {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (!owner?.apiVersion.startsWith('apps/')) return undefined;
    if (owner.kind === 'StatefulSet' || owner.kind === 'DaemonSet')
      return { kind: owner.kind, name: owner.name };
    if (owner.kind !== 'ReplicaSet') return undefined;
    const name = await this.#deploymentOf(metadata.namespace ?? '', owner);
    return name === undefined ? undefined : { kind: 'Deployment', name };
  }

  async #deploymentOf(
    namespace: string,
    replicaSet: { readonly name: string; readonly uid: string },
  ): Promise<string | undefined> {
    if (this.#deployments.has(replicaSet.uid)) return this.#deployments.get(replicaSet.uid);
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets/${replicaSet.name}`;
    const found = await unlessGone(this.#client.get<KubeObject>(path));
    if (!found) return undefined;
    const owner = found.metadata.ownerReferences?.find(
      ({ kind, controller }) => kind === 'Deployment' && controller === true,
    );
    if (this.#deployments.size > 10_000) this.#deployments.clear();
    this.#deployments.set(replicaSet.uid, owner?.name);
    return owner?.name;
  }
}
