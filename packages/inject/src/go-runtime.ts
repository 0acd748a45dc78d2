import type { IdentitySpec } from './identity/identity-spec.ts';
import type { LibgoSpec } from './library/library.ts';
import type { RolloutSpec } from './rollout/rollout-spec.ts';
import type { GoRuntimeStatus } from './runtime-status.ts';
import type { SandboxSpec } from './sandbox/sandbox-spec.ts';
import type { ToolchainSpec } from './toolchain/toolchain.ts';

/** A selector as Kubernetes writes it. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** How GOMEMLIMIT follows from a container's memory limit. */
export interface MemoryLimitSpec {
  /** Of the limit at the pod's creation; default 10. */
  readonly marginPercent?: number;
  /** `AtStart`: by kubelet whenever the container starts, after an in-place resize too, with a margin of 4.6 % whatever `marginPercent` says. */
  readonly evaluate?: 'AtCreation' | 'AtStart';
}

/** What mode `godebug` sets in the environment of the containers. */
export interface GodebugSpec {
  /** GODEBUG settings by name; they win over those of the profile. */
  readonly settings?: Readonly<Record<string, string>>;
  /** GOMEMLIMIT from the container's memory limit. */
  readonly memoryLimit?: MemoryLimitSpec;
  /** GOGC: a number of per cent, or `off`. */
  readonly gcPercent?: string;
  /** GOMAXPROCS from the container's CPU limit, for programs of Go 1.24 and older: newer ones follow the limit by themselves. */
  readonly maxProcs?: 'FromLimit';
}

/** What an operator can be told in a way of its own. */
export type SwitchName = 'maxConcurrentReconciles' | 'priorityQueue' | 'featureGates';

/** What operators are told on their command line or in their environment; nothing that nobody declared to be understood. */
export interface SwitchesSpec {
  /** How: `--flag` or `env:NAME`. The annotation `gofleet.dev/understands` of a pod wins. */
  readonly understands?: Partial<Readonly<Record<SwitchName, string>>>;
  /** For programs on a Go that meets the constraint; default `>=1.22`. */
  readonly maxConcurrentReconciles?: { readonly value: number; readonly goVersion?: string };
  readonly priorityQueue?: boolean;
  /** Feature gates of the operator's own. */
  readonly featureGates?: Readonly<Record<string, boolean>>;
  /** Features of client-go, by `KUBE_FEATURE_…`; understood by every program with client-go v0.30 or newer. */
  readonly clientFeatures?: Readonly<Record<string, boolean>>;
}

/** A field of a custom resource that says the Go version. */
export interface VersionSource {
  /** With a group: `rabbitmq.com/v1beta1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** The namespace of the GoRuntime when absent; means nothing for objects of the cluster. */
  readonly namespace?: string;
  /** `.spec.runtime.goVersion`, see `@gofleet/declare/field-path`. */
  readonly fieldPath: string;
}

/** A wish: the pods of this namespace that the selector matches run on this Go. */
export interface GoRuntimeSpec {
  readonly selector: LabelSelector;
  /** Only these containers; every Go container when absent. */
  readonly containers?: readonly string[];
  /** The Go version: one of the three. Absent in mode `libgo`, where a library is named instead. */
  readonly runtime?: {
    /**
     * A version or a constraint: `1.26.8`, `1.26`, `>=1.25.3 <1.27`. In mode `godebug` a version is the release whose defaults the
     * programs shall have, and a constraint says which programs are meant. In mode `toolchain`, the `go` that runs where nothing
     * asks for another.
     */
    readonly goVersion?: string;
    /** The same, read from another object. */
    readonly from?: VersionSource;
    /** Name of a GoChannel that says it. */
    readonly channel?: string;
  };
  readonly mode?: 'relink' | 'godebug' | 'toolchain' | 'libgo';
  /** How artefacts reach pods; default `auto`: the best that every node supports that a pod may go to. */
  readonly delivery?: 'auto' | 'csi' | 'image' | 'copy';
  /** What operators are told, in either mode. */
  readonly switches?: SwitchesSpec;
  /** What mode `godebug` sets. */
  readonly godebug?: GodebugSpec;
  /** What programs are told of themselves; in mode `relink`. */
  readonly identity?: IdentitySpec;
  /** A container that builds for the others of the pod; in every mode. */
  readonly sandbox?: SandboxSpec;
  /** What mode `toolchain` mounts. */
  readonly toolchain?: ToolchainSpec;
  /** What mode `libgo` mounts. */
  readonly libgo?: LibgoSpec;
  /** The least evidence that the original was reproduced; default `compiled-equal`. */
  readonly minimumGrade?: 'proven' | 'compiled-equal' | 'claimed';
  /**
   * When a module inside an operator is known to need a newer Go than the wish: `Refuse` relinks nothing, `Warn` tries and tells.
   * Default `Refuse`.
   */
  readonly outsideSkew?: 'Refuse' | 'Warn';
  /** Whose builds come first: each point counts as a minute of waiting. From -1000 to 1000, default 0. */
  readonly priority?: number;
  /** When, in which order and how fast workloads get it, and what stops that. */
  readonly rollout?: RolloutSpec;
  /** What to do with selected pods that started uninjected (webhook down): default `Report`. */
  readonly repair?: 'Report' | 'Restart';
}

/** The custom resource, namespaced. */
export interface GoRuntime {
  readonly apiVersion: 'gofleet.dev/v1alpha1';
  readonly kind: 'GoRuntime';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: GoRuntimeSpec;
  readonly status?: GoRuntimeStatus;
}
