import type { Toleration } from '../delivery/deliverable-node.ts';
import type { PodAffinity } from '../delivery/node-affinity.ts';
import { inCluster } from '../in-cluster.ts';
import type { Injection } from '../injection.ts';

/** Whether a volume, or a container that fills one, may be of an admission: they are numbered. */
export function isOurName(name: string): boolean {
  return /^gofleet-\d+$/.test(name);
}

/** A volume of a pod, as far as it is looked at. */
export interface PodVolume {
  readonly name: string;
  readonly csi?: { readonly driver: string; readonly volumeAttributes?: Readonly<Record<string, string>> };
  readonly image?: { readonly reference?: string };
  readonly emptyDir?: unknown;
}

/** A variable of a container. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  /** Instead of a value: the author's, or that of a memory limit that is followed. */
  readonly valueFrom?: Readonly<Record<string, unknown>>;
}

/** As whom a container runs. */
export interface SecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
}

/** Where a container has a volume, or a part of it. */
export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  /** Instead of it, with `$(NAME)` for variables of the container. */
  readonly subPathExpr?: string;
  readonly readOnly?: boolean;
  readonly recursiveReadOnly?: string;
}

export interface PodContainer {
  readonly name: string;
  readonly image?: string;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly env?: readonly EnvironmentVariable[];
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly envFrom?: readonly unknown[];
  readonly securityContext?: SecurityContext & Readonly<Record<string, unknown>>;
  readonly resources?: { readonly limits?: Readonly<Record<string, string | number>> };
}

/** What admission reads of a pod or of a workload's pod template. */
export interface PodTemplate {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly generateName?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** What they took before most of them were left out: bytes, without that which lists injections. */
    readonly annotationBytes?: number;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec: {
    readonly containers: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
    readonly volumes?: readonly PodVolume[];
    readonly securityContext?: SecurityContext;
    /** Of all its containers together. */
    readonly resources?: unknown;
    readonly os?: { readonly name?: string };
    readonly nodeName?: string;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly Toleration[];
    readonly affinity?: PodAffinity;
  };
}

function isInjection(value: unknown): value is Injection {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  const hasTexts = (...names: string[]): boolean => names.every((name) => typeof fields[name] === 'string');
  const hasObject = (name: string): boolean => typeof fields[name] === 'object' && fields[name] !== null;
  const isTold =
    Array.isArray(fields.arguments) &&
    fields.arguments.every((each) => typeof each === 'string') &&
    hasObject('environment');
  const areReleases =
    hasTexts('shim', 'cacheSizeLimit') && Array.isArray(fields.releases) && hasObject('environment');
  const isSandbox = hasObject('sandbox') && Array.isArray(fields.goVersions);
  const isRight = hasTexts('artefact') || hasObject('variables') || isTold || areReleases || isSandbox;
  return isRight && hasTexts('container', 'runtime', 'goVersion', 'path', 'imageId');
}

/** The injections that a pod's annotation lists; none when it is absent or malformed. */
export function parseInjections(annotations: Readonly<Record<string, string>> = {}): readonly Injection[] {
  try {
    const value: unknown = JSON.parse(annotations[inCluster.injectedAnnotation] ?? '[]');
    return Array.isArray(value) ? value.filter(isInjection) : [];
  } catch {
    return [];
  }
}

/** The operating system that a pod is for, as far as it says: older ones say so by their node selector alone. */
export function systemOf({ spec }: PodTemplate): string | undefined {
  return spec.os?.name ?? spec.nodeSelector?.['kubernetes.io/os'];
}

/** Whether a pod may be for Linux. */
export function isForLinux(pod: PodTemplate): boolean {
  return (systemOf(pod) ?? 'linux') === 'linux';
}

/** Whether the pod says `gofleet.dev/inject: "false"`. */
export function isOptedOut(labels: Readonly<Record<string, string>> = {}): boolean {
  return labels[inCluster.optOutLabel] === 'false';
}
