import type { Finding } from '@gofleet/base/finding';

/** What a declaration was read from. */
export type Source =
  | 'GOTOOLCHAIN'
  | 'go.work'
  | 'go.mod'
  | 'mise'
  | '.tool-versions'
  | '.go-version'
  | 'local Go'
  | 'Dockerfile'
  | 'GitHub Actions'
  | 'GoRuntime';

/** Where a declaration is written. */
export interface Place {
  /** The path of the file; `environment` for a variable. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters: where the version begins. */
  readonly column: number;
  /** The whole line as it is written, without its end. */
  readonly text: string;
}

/** What a declaration asks for. */
export type GoWish =
  /** One release by the name of its toolchain: `go1.26.8`, `go1.26.8-custom`. */
  | { readonly kind: 'release'; readonly release: string }
  /** Any release that satisfies a constraint, as `parseGoConstraint` of base reads it; the newest is meant. */
  | { readonly kind: 'constraint'; readonly constraint: string }
  /** The first `go` in PATH that is no shim, whatever it is. */
  | { readonly kind: 'local' }
  /** No rule of ours says what this means, or the text alone does not: `ref:main`, `${GO}`. */
  | { readonly kind: 'unknown' };

/** What one line says the Go version should be. */
export interface Declaration {
  readonly source: Source;
  /** Which part of the source, for people: `toolchain line`, `stage build`, `job test`. */
  readonly what: string;
  /** As it is written: `1.26`, `go1.25.3+auto`. */
  readonly value: string;
  readonly wish: GoWish;
  readonly place: Place;
}

/** What was read from one file. A malformed file has findings with line and column, and the declarations that could be read. */
export interface ParsedFile {
  readonly declarations: readonly Declaration[];
  readonly findings: readonly Finding[];
}

/** A declaration with what became of it. */
export interface Considered extends Declaration {
  /** `compared`: it does not speak for this directory's `go` command, but is held against what does. */
  readonly verdict: 'wins' | 'loses' | 'compared';
  /** Why, lower case: `older than the go line`. */
  readonly because: string;
}

/** A file whose change, appearance or disappearance may change the answer. */
export interface WatchedFile {
  readonly path: string;
  readonly found: boolean;
}

/** Which Go a directory's `go` command is, and why. */
export interface Resolution {
  readonly directory: string;
  /** What is to be run; `undefined` when the `go` command would refuse to run at all (there is a finding of severity `error`). */
  readonly wish: GoWish | undefined;
  /** The declaration that decided; `undefined` when none did and there is no local Go. */
  readonly winner: Considered | undefined;
  /** In order of precedence, the winner among them. */
  readonly considered: readonly Considered[];
  readonly findings: readonly Finding[];
  /** Valid as long as none of these changes, appears or vanishes, and the environment variables of `decidingVariables` stay. */
  readonly watched: readonly WatchedFile[];
}
