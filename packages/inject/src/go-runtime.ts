import type { GoModule, Grade } from '@gofleet/identify/binary-facts';
import type { RuntimeVariables } from './godebug/runtime-variables.ts';
import type { IdentitySpec, IdentityVariables } from './identity/identity-spec.ts';
import type { RolloutSpec } from './rollout/rollout-spec.ts';
import type { RolloutStatus, RolloutSummary } from './rollout/rollout-status.ts';
import type { SandboxSpec } from './sandbox/sandbox-spec.ts';
import type { SandboxInjection } from './sandbox/want-sandbox.ts';
import type {
  SearchPath,
  ToolchainFacts,
  ToolchainInjection,
  ToolchainSpec,
  ToolchainStatus,
} from './toolchain/toolchain.ts';

/** The API group and version of gofleet's objects. */
export const goRuntimeApi = {
  group: 'gofleet.dev',
  version: 'v1alpha1',
  plural: 'goruntimes',
  kind: 'GoRuntime',
} as const;

/** The names by which the parts of gofleet know each other in a cluster. */
export const inCluster = {
  namespace: 'gofleet-system',
  csiDriver: 'csi.gofleet.dev',
  webhookConfiguration: 'gofleet-webhook',
  /** PodTemplate that the builder makes its workers' Jobs from. */
  workerTemplate: 'gofleet-worker',
  /** Holds the webhook's certificates; installed empty, so that the controller needs no right to create Secrets. */
  webhookSecret: 'gofleet-webhook-tls',
  /** Holds the private key that signs attestations; installed empty, and filled by the builder where nobody gives one. */
  signingSecret: 'gofleet-signing',
  /** Its field: a private key in PEM form. */
  signingKeyName: 'attest.pem',
  /** ConfigMap of the public halves of every key that signed here, `<keyId>.pub`. */
  signingKeys: 'gofleet-signing',
  /** Lease of the controller that writes; installed empty, as the Secret is. */
  leaderLease: 'gofleet-controller',
  /** On workload templates: `<goVersion>@<generation>`; changing it rolls the pods. */
  rolloutAnnotation: 'gofleet.dev/rollout',
  /** On injected pods: JSON of `Injection[]`. */
  injectedAnnotation: 'gofleet.dev/injected',
  /** On a pod or its template: `"false"` keeps it out of every GoRuntime. */
  optOutLabel: 'gofleet.dev/inject',
  /** On a GoRuntime: the id of a revision that its workloads are to be taken back from. */
  undoAnnotation: 'gofleet.dev/undo',
  /** On a GoRuntime: another value tries a roll-out again that has regressed. */
  retryAnnotation: 'gofleet.dev/retry',
  finalizer: 'gofleet.dev/restore',
} as const;

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
  /** The Go version: one of the three. */
  readonly runtime: {
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
  readonly mode?: 'relink' | 'godebug' | 'toolchain';
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

/**
 * One original executable, as a node found it running in a container that nothing was mounted over. Keys: `image`, `path`.
 * Written by nodes, each entry by a field manager of its own, so that it outlives the pod that it was seen in.
 */
export interface ObservedBinary {
  /** The image as the pod's spec writes it. */
  readonly image: string;
  /** Resolved path of the executable inside the container. */
  readonly path: string;
  /** Of the original executable file. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** `containerStatuses[].imageID` it was seen in. */
  readonly imageId: string;
  readonly goVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly buildId: string;
  readonly main?: GoModule;
  readonly package: string;
  /** The build info text exactly as recorded. */
  readonly buildInfo: string;
  /** Of the module graph, where `buildInfo` is kept without most modules; the API holds none. */
  readonly fingerprint?: string;
  /** Annotations of its pod that point to its source, `org.opencontainers.image.revision` and `.version`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The Go version as it is wished, wherever that was read. Written by the controller. */
export interface Declaration {
  /** What was read last: with a problem it stays in force. */
  readonly goVersion?: string;
  /** `h1:…` of the release's module, where a channel pins it. */
  readonly digest?: string;
  /** `RabbitmqCluster shop/queue .spec.runtime.goVersion`; absent when the GoRuntime itself says it. */
  readonly from?: string;
  /** Why it cannot be read now, for the condition `Declared`. */
  readonly problem?: { readonly reason: string; readonly message: string };
}

/** What the wish's Go version means today. Written by the builder, which asks the module proxy. */
export interface Resolution {
  /** The version or constraint that was resolved. */
  readonly requested: string;
  /** The channel's digest that the release was held against. */
  readonly digest?: string;
  /** The exact release, `go1.26.8`. */
  readonly goVersion?: string;
  /** Why there is none. */
  readonly problem?: string;
}

/** What a wish has of a build, by original and target. Written by the builder. Keys: `binary`, `goVersion`. */
export interface BuildStatus {
  /** Name of the GoBuild that makes it; other wishes may share it. */
  readonly build?: string;
  /** sha256 of the original. */
  readonly binary: string;
  /** The exact target release, `go1.26.8`. */
  readonly goVersion: string;
  readonly phase: 'Queued' | 'Proving' | 'Building' | 'Ready' | 'Failed';
  readonly grade?: Grade;
  /** sha256 of the relinked executable; with phase Ready. */
  readonly artefact?: string;
  /** Of the relinked executable, as Go's linker wrote it. */
  readonly buildId?: string;
  /** Where nodes can pull it from: `registry.example/team/artefacts@sha256:…`. */
  readonly image?: string;
  readonly sizeBytes?: number;
  /** Why it failed, first compiler lines included; or what is going on. */
  readonly message?: string;
}

/** What runs in a container now, read from its process. Written by nodes. */
export interface RunningFacts {
  /** `containerStatuses[].containerID` that it was read from. */
  readonly containerId: string;
  readonly imageId: string;
  /** sha256 of the executable that runs. */
  readonly sha256: string;
  /** As build info has it; absent when the program is not Go. */
  readonly goVersion?: string;
  /** Of the program, as Go's linker wrote it. */
  readonly buildId?: string;
  /** 12 hexadecimal digits that tell programs apart in logs. */
  readonly fingerprint?: string;
  readonly path: string;
  /** Those of the variables that the Go runtime reads that the process began with. */
  readonly environment?: RuntimeVariables;
  /** For wishes of mode `toolchain`: what of it the main process sees. */
  readonly toolchain?: ToolchainFacts;
  /** Of what its operator was told, what the process began with. */
  readonly switches?: readonly string[];
  /** RFC 3339. */
  readonly observedAt: string;
  /** Where it was read, e.g. `/proc/1234/exe on node-a`. */
  readonly source: string;
  /** Why the executable could not be read or is no Go program. */
  readonly problem?: string;
}

/** What a node that runs selected pods has fetched ahead. Written by that node. Keys: `node`. */
export interface NodeStatus {
  readonly node: string;
  /** Mark of those of the wish's artefacts that lie there: that of all of them, when none is missing. @see fetchedMark */
  readonly fetched: string;
  /** Why the last fetch failed, until one succeeds. */
  readonly problem?: string;
}

export type PodPhase =
  | 'Observing'
  | 'Pending'
  | 'Building'
  | 'RollingOut'
  | 'Delivered'
  | 'Verified'
  | 'Ineffective'
  | 'Failed'
  | 'Skipped';

/** What is known of a selected container, as its GoPod has it. `running` is written by nodes, the rest by the controller. */
export interface PodStatus {
  readonly pod: string;
  readonly container: string;
  readonly running?: RunningFacts;
  readonly desired?: {
    readonly goVersion: string;
    readonly artefact?: string;
    readonly environment?: RuntimeVariables;
    /** Releases that are to be mounted. */
    readonly toolchains?: readonly string[];
    readonly switches?: readonly string[];
  };
  readonly delivered?: {
    readonly artefact?: string;
    readonly environment?: RuntimeVariables;
    readonly toolchains?: readonly string[];
    readonly switches?: readonly string[];
    readonly delivery: 'csi' | 'image' | 'copy' | 'environment';
  };
  readonly phase?: PodPhase;
  /** In words: why it is in this phase. */
  readonly reason?: string;
}

/** A selected container that needs somebody to look. */
export interface PodException {
  readonly pod: string;
  readonly container: string;
  readonly phase: PodPhase;
  readonly reason: string;
}

/** How an artefact comes out of a registry, which kubelet pulls its image from with the pod's own secrets. */
export interface RegistryDelivery {
  /** `image`: its image is mounted beside, and the command names it; `copy`: an init container copies it to where it is mounted. */
  readonly delivery: 'image' | 'copy';
  /** With its digest. */
  readonly image: string;
  /** Name of the executable in the image. */
  readonly file: string;
  readonly sizeBytes?: number;
}

/** One artefact that the webhook put in the place of an executable. */
export interface MountedInjection {
  readonly container: string;
  /** Name of the GoRuntime. */
  readonly runtime: string;
  readonly goVersion: string;
  /** sha256 of the mounted executable. */
  readonly artefact: string;
  readonly path: string;
  /** The image that the original was observed in, as resolved then. */
  readonly imageId: string;
  /** Absent when the node plugin mounts it over the executable. */
  readonly from?: RegistryDelivery;
  /** What tells the program which build it is, where the wish asks for it. */
  readonly environment?: IdentityVariables;
}

/** Variables that the webhook set in a container. */
export interface EnvironmentInjection {
  readonly container: string;
  /** Name of the GoRuntime. */
  readonly runtime: string;
  /** The release inside the program that they were chosen for, which stays. */
  readonly goVersion: string;
  readonly path: string;
  readonly imageId: string;
  readonly variables: RuntimeVariables;
}

/** What the webhook told an operator. */
export interface SwitchInjection {
  readonly container: string;
  /** Name of the GoRuntime. */
  readonly runtime: string;
  /** The release that the program runs on. */
  readonly goVersion: string;
  readonly path: string;
  readonly imageId: string;
  /** Behind those of the pod's author. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What the webhook did to a container; what the annotation `gofleet.dev/injected` lists. */
export type Injection =
  | MountedInjection
  | EnvironmentInjection
  | ToolchainInjection
  | SwitchInjection
  | SandboxInjection;

/** Whether an injection mounted an artefact. */
export function isMounted(injection: Injection): injection is MountedInjection {
  return 'artefact' in injection;
}

/** Whether an injection set variables. */
export function isEnvironment(injection: Injection): injection is EnvironmentInjection {
  return 'variables' in injection;
}

/** Whether an injection mounted Go releases. */
export function isToolchain(injection: Injection): injection is ToolchainInjection {
  return 'releases' in injection;
}

/** Whether an injection told an operator something. */
export function isSwitched(injection: Injection): injection is SwitchInjection {
  return 'arguments' in injection;
}

/** What an operator was told, one text each: `--max-concurrent-reconciles=5`, `KUBE_FEATURE_WatchListClient=true`. */
export function renderSwitches(injection: SwitchInjection | undefined): readonly string[] {
  if (!injection) return [];
  return [
    ...injection.arguments,
    ...Object.entries(injection.environment).map(([name, value]) => `${name}=${value}`),
  ];
}

/**
 * A condition by the Kubernetes conventions. Types: `Ready`, `Built`, `RolledOut`, `Regressed` where there are waves, `Declared` when a
 * custom resource says the version, `WithinSkew` for operators.
 */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

export interface GoRuntimeStatus {
  readonly observedGeneration?: number;
  readonly declaration?: Declaration;
  readonly resolution?: Resolution;
  readonly desiredPods?: number;
  readonly deliveredPods?: number;
  readonly verifiedPods?: number;
  readonly conditions?: readonly Condition[];
  readonly rollout?: RolloutStatus;
  /** For the columns of `kubectl get`. */
  readonly summary?: RolloutSummary;
  readonly binaries?: readonly ObservedBinary[];
  readonly builds?: readonly BuildStatus[];
  readonly toolchain?: ToolchainStatus;
  readonly searchPaths?: readonly SearchPath[];
  readonly nodes?: readonly NodeStatus[];
  /** How many containers are in each phase; what is known of each is in the GoPods. */
  readonly phases?: Readonly<Partial<Record<PodPhase, number>>>;
  /** The first of those that need somebody to look. */
  readonly exceptions?: readonly PodException[];
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
