/** What mode `toolchain` gives to pods that execute `go`, besides the release of `runtime.goVersion`. */
export interface ToolchainSpec {
  /** Further releases side by side, as `runtime.goVersion` is written. */
  readonly releases?: readonly string[];
  /** PATH of the containers' image, when a node need not read it from a running container first. */
  readonly searchPath?: string;
  /** GOROOT of the image: the release of `runtime.goVersion` is mounted over it as well. */
  readonly goRoot?: string;
  /** The most that the build caches of a container may hold, a quantity; default 4Gi. */
  readonly cacheSizeLimit?: string;
}

/** What has become of one release that a wish names. Keys: `requested`. */
export interface ToolchainRelease {
  /** As the spec writes it. */
  readonly requested: string;
  /** The exact release, `go1.26.8`. */
  readonly goVersion?: string;
  /** sha256 of the toolchain module, a zip, that the checksum database has confirmed; with it the release can be mounted. */
  readonly artefact?: string;
  /** The processor that it runs on, in Go's words, `amd64`. */
  readonly arch?: string;
  readonly sizeBytes?: number;
  /** Of the module: `h1:` and base64. */
  readonly h1?: string;
  /** Why there is none. */
  readonly problem?: string;
}

/** The releases of a wish of mode `toolchain`, and of its sandbox. Written by the builder. */
export interface ToolchainStatus {
  /** sha256 of the program that stands for `go` and `gofmt`. */
  readonly shim?: string;
  readonly releases?: readonly ToolchainRelease[];
}

/** PATH that containers of an image begin with where nothing was injected. Written by nodes. Keys: `image`. */
export interface SearchPath {
  /** The image as the pod's spec writes it. */
  readonly image: string;
  readonly imageId: string;
  readonly path: string;
}

/** What the main process of a container sees of mounted releases. */
export interface ToolchainFacts {
  /** Go releases of ours, by where they are mounted, as the kernel lists the mounts of the process. */
  readonly mounts: readonly { readonly path: string; readonly goVersion: string }[];
  /** PATH that it began with. */
  readonly searchPath?: string;
}

/** A release that can be mounted. */
export interface MountableRelease {
  readonly goVersion: string;
  /** sha256 of the toolchain module. */
  readonly artefact: string;
}

/** Variables that mode `toolchain` sets. */
export const toolchainVariables = ['PATH', 'GOCACHE', 'GOTOOLCHAIN', 'GOFLEET_DEFAULT_GO'] as const;

/** Some of them, with their values. */
export type ToolchainVariables = Readonly<Partial<Record<(typeof toolchainVariables)[number], string>>>;

/** Go releases that the webhook mounted in a container. */
export interface ToolchainInjection {
  readonly container: string;
  /** Name of the GoRuntime. */
  readonly runtime: string;
  /** The release that runs where nothing asks for another. */
  readonly goVersion: string;
  /** The folder that everything is mounted in. */
  readonly path: string;
  /** The image that PATH was read in; empty when nobody had to read it. */
  readonly imageId: string;
  readonly releases: readonly MountableRelease[];
  /** sha256 of the program that stands for `go` and `gofmt`. */
  readonly shim: string;
  /** Where the default release is mounted too. */
  readonly goRoot?: string;
  readonly cacheSizeLimit: string;
  readonly environment: ToolchainVariables;
}

/** Where things of mode `toolchain` are in a container. */
export const inPod = {
  root: '/opt/gofleet',
  bin: '/opt/gofleet/bin',
  cache: '/opt/gofleet/cache',
} as const;

/** Releases for eyes, the default first: `go1.26.8, go1.25.3`. */
export function renderReleases(releases: readonly { readonly goVersion: string }[]): string {
  return releases.map(({ goVersion }) => goVersion).join(', ');
}
