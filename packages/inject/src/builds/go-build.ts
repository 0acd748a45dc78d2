import type { RelinkRecipe, ReproductionGrade, SettingChange } from '@gofleet/build/relink';
import type { Condition } from '../runtime-status.ts';

/** The API group and version of builds. */
export const goBuildApi = {
  group: 'gofleet.dev',
  version: 'v1alpha1',
  plural: 'gobuilds',
  kind: 'GoBuild',
} as const;

/** The API path of all builds. */
export const goBuildsPath = `/apis/${goBuildApi.group}/${goBuildApi.version}/${goBuildApi.plural}`;

/** The executable that is to be relinked, as a node observed it. */
export interface BuildOriginal {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly goVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly buildId: string;
  /** Import path of the main package. */
  readonly package: string;
  /** The build info text exactly as recorded. */
  readonly buildInfo: string;
  /** What its workload says of its source. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What is to be built, and for whom. Written by the builder alone. */
export interface GoBuildSpec {
  /** sha256 over the original, the target and how it is built: one recipe is one GoBuild, however many pods, images and wishes want it. */
  readonly recipe: string;
  readonly original: BuildOriginal;
  /** The exact target release, `go1.26.8`. */
  readonly goVersion: string;
  /** The least that one of the wishes accepts. */
  readonly minimumGrade: ReproductionGrade;
  /** The highest of the wishes'; each point counts as a minute of waiting. */
  readonly priority: number;
  /** `namespace/name` of GoRuntimes that want it, the first 20. */
  readonly wishes: readonly string[];
  /** RFC 3339; set while nobody wants it: nobody builds it then, and after a while it is removed. */
  readonly unwantedSince?: string;
}

export type GoBuildPhase = 'Queued' | 'Proving' | 'Building' | 'Ready' | 'Failed';

/** Who works on a build. A claim that is not renewed for `leaseSeconds` is void. */
export interface Claim {
  readonly holder: string;
  /** RFC 3339, as are all times. */
  readonly acquiredAt: string;
  readonly renewedAt: string;
  readonly leaseSeconds: number;
}

/** How the original was reproduced. */
export interface BuildReproduction {
  /** The release that the proof was built with. */
  readonly goVersion?: string;
  /** What it was rebuilt from; absent for a released module. */
  readonly source?: string;
  /** Bit for bit. */
  readonly equal: boolean;
  readonly segments: readonly boolean[];
  readonly differences: readonly { readonly cause: string; readonly evidence: string }[];
}

/** The executable that a build made. */
export interface BuildArtefact {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** As Go's linker wrote it. */
  readonly buildId?: string;
  /** Build settings that are not as in the original. */
  readonly changes?: readonly SettingChange[];
  /** Where it lies in a registry: `registry.example/team/artefacts@sha256:…`. */
  readonly image?: string;
}

/** Signed provenance of the artefact, which lies beside it. Written by the builder alone. */
export interface BuildAttestation {
  /** sha256 of the public key. */
  readonly keyId: string;
  /** Where it lies in a registry, as what refers to the artefact's image. */
  readonly image?: string;
}

/** How far a build is. Written by whoever holds the claim; by the builder while nobody does. */
export interface GoBuildStatus {
  readonly phase: GoBuildPhase;
  /** What is going on, or why it failed, first compiler lines included. */
  readonly message?: string;
  /** Code of the error that it failed with. */
  readonly code?: string;
  readonly claim?: Claim;
  /** Who worked on it last. */
  readonly worker?: string;
  /** How often a worker took it. */
  readonly attempts?: number;
  /** How often it took its worker down, or hung. */
  readonly lost?: number;
  /** Failures in a row that may pass by themselves. */
  readonly setbacks?: number;
  readonly nextAttemptAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly grade?: ReproductionGrade;
  readonly reproduction?: BuildReproduction;
  /** sha256 of what its worker is handing in: the builder accepts nothing else. */
  readonly announced?: string;
  /** What was made, as long as it can be had. */
  readonly artefact?: BuildArtefact;
  /** How that was made, as its worker tells it. */
  readonly recipe?: RelinkRecipe;
  readonly attestation?: BuildAttestation;
  /** The last lines that the `go` command printed, bounded. */
  readonly log?: readonly string[];
  readonly conditions?: readonly Condition[];
}

/** The custom resource, of the whole cluster: a build belongs to no namespace. */
export interface GoBuild {
  readonly apiVersion: 'gofleet.dev/v1alpha1';
  readonly kind: 'GoBuild';
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: GoBuildSpec;
  readonly status?: GoBuildStatus;
}
