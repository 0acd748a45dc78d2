import type { PodTemplate } from '../admission/pod.ts';
import type { DeliverableNode } from '../delivery/deliverable-node.ts';
import type { NodeFacts } from '../delivery/plan-delivery.ts';
import type { GoRuntime } from '../go-runtime.ts';

type Labels = Readonly<Record<string, string>>;

/** What checks read of a container besides what admission does. */
export interface CheckedContainer {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly bindMountOptions?: readonly string[];
  }[];
  readonly securityContext?: {
    readonly runAsUser?: number;
    readonly runAsNonRoot?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly add?: readonly string[] };
  };
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly envFrom?: readonly unknown[];
  readonly ports?: readonly { readonly containerPort?: number }[];
  readonly resources?: {
    readonly limits?: Labels;
    readonly requests?: Labels;
  };
}

/** A pod or the template of pods, as checks read it. */
export interface CheckedTemplate {
  readonly metadata?: NonNullable<PodTemplate['metadata']>;
  readonly spec: Omit<PodTemplate['spec'], 'containers'> & {
    readonly containers: readonly CheckedContainer[];
    readonly nodeSelector?: Labels;
    readonly nodeName?: string;
    readonly hostUsers?: boolean;
    readonly hostIPC?: boolean;
    readonly shareProcessNamespace?: boolean;
    readonly securityContext?: {
      readonly runAsUser?: number;
      readonly runAsNonRoot?: boolean;
      readonly sysctls?: readonly { readonly name: string; readonly value?: string }[];
    };
  };
}

/** An object that is a pod or makes pods. */
export interface CheckedObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly template: CheckedTemplate;
  /** Of a workload. */
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly updateStrategy?: { readonly type?: string };
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxSurge?: number | string };
    };
  };
}

/** A webhook configuration that is not ours and sees new pods. */
export interface OtherWebhook {
  readonly name: string;
  readonly kind: 'mutating' | 'validating';
}

export interface ResourceQuota {
  readonly name: string;
  readonly hard: Labels;
  readonly used: Labels;
}

/** What a cluster says; absent when manifests are checked without one. */
export interface ClusterFacts {
  /** Whether gofleet's API is served. */
  readonly isInstalled: boolean;
  /** Labels of gofleet's CSIDriver; absent when there is none. */
  readonly driverLabels?: Labels;
  readonly nodes: readonly (NodeFacts & Pick<DeliverableNode, 'labels' | 'taints'>)[];
  /** Of the API server: 36 is 1.36. */
  readonly minor?: number;
  readonly podSecurityPolicies: number;
  /** Whether the webhook's entries name namespaces, by a label that each must have. */
  readonly selectsByNamespace: boolean;
  /** Of the namespace that is checked; absent when it does not exist. */
  readonly namespace?: {
    readonly labels: Labels;
    readonly quotas: readonly ResourceQuota[];
    /** Names of LimitRanges that set a default memory or CPU limit. */
    readonly limitRanges: readonly string[];
  };
  readonly webhooks: readonly OtherWebhook[];
}

/** A namespace's objects to be checked. */
export interface PreflightInput {
  readonly namespace: string;
  readonly objects: readonly CheckedObject[];
  /** Of the namespace. */
  readonly runtimes: readonly GoRuntime[];
  readonly cluster?: ClusterFacts;
  /** Whether `objects` are all that the namespace has: a wish that selects none of them then selects nothing. */
  readonly isWhole: boolean;
}
