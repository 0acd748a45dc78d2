import type { GoModule, Grade } from '@gofleet/identify/binary-facts';
import type { RuntimeVariables } from './godebug/runtime-variables.ts';
import type { LibraryFacts, LibraryStatus, ObservedLibrary } from './library/library.ts';
import type { RolloutStatus, RolloutSummary } from './rollout/rollout-status.ts';
import type { SearchPath, ToolchainFacts, ToolchainStatus } from './toolchain/toolchain.ts';

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
  /** sha256 of the executable that runs; empty when it is too large to be read. */
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
  /** For wishes of mode libgo: the library of the Go runtime that the program has mapped. */
  readonly library?: LibraryFacts;
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
    /** In mode `libgo`, the SONAME of the library. */
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
  readonly library?: LibraryStatus;
  readonly libraries?: readonly ObservedLibrary[];
  readonly searchPaths?: readonly SearchPath[];
  readonly nodes?: readonly NodeStatus[];
  /** How many containers are in each phase; what is known of each is in the GoPods. */
  readonly phases?: Readonly<Partial<Record<PodPhase, number>>>;
  /** The first of those that need somebody to look. */
  readonly exceptions?: readonly PodException[];
}
