import type { EnvFileProblem } from './check-env-file.ts';
import type { GoSettings } from './go-settings.ts';
import type { Scenario } from './scenario.ts';

/** What lies at a path that should be a tree of a Go release. */
export interface GoRootFacts {
  readonly path: string;
  /** First line of VERSION: `go1.26.8`. */
  readonly version: string | undefined;
  /** The releases that built `bin/go` and the compiler, as they say themselves; absent when they are not there. */
  readonly go: string | undefined;
  readonly compiler: string | undefined;
  /** The standard library's source is there. */
  readonly hasSource: boolean;
  /** Who can change it besides its owner: this user, or anybody in its group or at all. */
  readonly writableBy: 'nobody' | 'this user' | 'others';
}

/** What lies at a path that should be a directory to write to. */
export interface DirectoryFacts {
  readonly path: string;
  readonly state: 'directory' | 'absent' | 'not-a-directory' | 'unreachable';
  /** Of the directory, or of the nearest one above it that is there. */
  readonly existing: string;
  readonly ownerUid: number;
  readonly writable: boolean;
  /** `ext4`, `nfs4`, `fuse.sshfs` … */
  readonly fileSystem: string;
  readonly mountPoint: string;
  readonly mountOptions: readonly string[];
  readonly freeBytes: number;
  /** `undefined` where the file system makes them as needed. */
  readonly freeFiles: number | undefined;
}

/** A directory and the setting that names it. */
export interface NamedDirectory {
  readonly name: 'GOCACHE' | 'GOMODCACHE' | 'GOTMPDIR';
  readonly facts: DirectoryFacts;
}

/** What is known of a machine before a build. */
export interface MachineFacts {
  readonly scenario: Scenario;
  readonly uid: number | undefined;
  /** The release that the build should have, `go1.26.8`, and its tree. */
  readonly wanted: { readonly goVersion: string; readonly goRoot: string };
  readonly settings: GoSettings;
  /** What the settings or the environment say outright, before defaults. */
  readonly goroot: GoRootFacts | undefined;
  /** The tree of the `go` that PATH finds. */
  readonly goOnPath: GoRootFacts | undefined;
  /** The release in whose tree, or under whose name, GOBIN lies. */
  readonly gobinRelease: string | undefined;
  readonly directories: readonly NamedDirectory[];
  readonly envFile: { readonly path: string; readonly problems: readonly EnvFileProblem[] } | undefined;
  /** What the `go` command says of GOFLAGS when it refuses them. */
  readonly refusedFlags: string | undefined;
  /** Another tree of this machine that has the same version and another compiler. */
  readonly rival: string | undefined;
}
