/** A module of a Go build, as build info names it. */
export interface GoModule {
  readonly path: string;
  /** As recorded: `v1.2.3`, `(devel)`, or empty. */
  readonly version: string;
  /** The `h1:` dirhash; absent for the main module of a checkout and for local directories. */
  readonly sum?: string;
  readonly replace?: GoModule;
}

/** What the `go` command recorded in a binary. @see Go src/runtime/debug/mod.go (go1.26) */
export interface BuildInfo {
  /** As recorded, with suffixes: `go1.26.8`, `go1.26.4-1-microsoft`, `go1.21.5 X:boringcrypto`. */
  readonly goVersion: string;
  /** Import path of the main package. */
  readonly package: string;
  readonly main: GoModule | undefined;
  readonly deps: readonly GoModule[];
  /** `-ldflags`, `CGO_ENABLED`, `vcs.revision` …, in recorded order. */
  readonly settings: Readonly<Record<string, string>>;
  /** The text between the sentinels, exactly as recorded; empty when the binary has none. */
  readonly text: string;
}

/** How much a claim about a binary is worth, best first. */
export type Grade = 'proven' | 'compiled-equal' | 'claimed' | 'guessed' | 'unknown';

/** What a rebuild would need, read from the build info alone. */
export type ProvenanceClass =
  | 'released-module'
  | 'clean-checkout'
  | 'dirty-checkout'
  | 'no-vcs'
  | 'vendored'
  | 'local-replace'
  | 'unknown';

/** The container format of an executable. */
export type BinaryFormat = 'elf' | 'macho' | 'pe' | 'xcoff' | 'wasm';

/** Everything that one binary says of itself. */
export interface BinaryFacts {
  readonly format: BinaryFormat;
  /** The object that this is said of, in a static library: `go.o`. */
  readonly member?: string | undefined;
  readonly os: string;
  readonly arch: string;
  readonly compiler: 'gc' | 'gccgo' | 'unknown';
  /** `undefined` when the binary is Go but its release cannot be read. */
  readonly goVersion: string | undefined;
  readonly buildInfo: BuildInfo | undefined;
  /** The Go build ID as the linker wrote it; empty when it was removed. */
  readonly buildId: string;
  /** actionID(link) / actionID(main.a) / contentID(main.a) / contentID(binary); fewer than 4 when it was overridden. */
  readonly buildIdSegments: readonly string[];
  readonly fingerprint: {
    /** 12 hexadecimal digits of sha256 over `path@version` of the dependencies joined by `;`. */
    readonly modules: string | undefined;
    /** sha256 over Go version and canonical module text, 64 hexadecimal digits. */
    readonly full: string | undefined;
  };
  readonly provenance: { readonly class: ProvenanceClass; readonly reason: string };
  readonly linkage: 'static' | 'dynamic';
  /** The shared library that holds the runtime, when it is not inside: `libgo.so.22` of gccgo, `libstd.so` of `-linkshared`. */
  readonly runtimeLibrary?: string | undefined;
  readonly stripped: boolean;
  readonly grade: Grade;
  readonly bytesRead: number;
  /** What could not be read, in words. */
  readonly problems: readonly string[];
}
