import type { ShimTarget } from '@gofleet/resolve/shim/render-answer';

/** What one build may use, and how many there may be. */
export interface SandboxLimits {
  /** Resident memory of all its processes together, by looking; sharply, what each process may have of its own. */
  readonly memoryBytes: number;
  /** Processor time of all its processes together. */
  readonly cpuMs: number;
  readonly timeMs: number;
  /** What the caches and a build's own directory may take up, and the largest file. */
  readonly diskBytes: number;
  /** What it may print. */
  readonly outputBytes: number;
  readonly processes: number;
  /** Builds at a time. */
  readonly builds: number;
  /** Builds that wait for their turn. */
  readonly queue: number;
}

export const usualSandboxLimits: SandboxLimits = {
  memoryBytes: 4 * 2 ** 30,
  cpuMs: 60 * 60_000,
  timeMs: 15 * 60_000,
  diskBytes: 8 * 2 ** 30,
  outputBytes: 64 * 2 ** 20,
  processes: 500,
  builds: 2,
  queue: 16,
};

/** What a sandbox is made of. */
export interface SandboxSettings {
  /** The only files that are built, written by path as the callers see it; links resolved. */
  readonly volume: string;
  /** Caches and directories of its own; links resolved. */
  readonly dir: string;
  /** Oldest first; the last is used where nothing asks for another. */
  readonly releases: readonly ShimTarget[];
  /** The path of `confine`. */
  readonly confine: string;
  /** The version of Landlock's interface; 0 when the kernel has none, or it is switched off. */
  readonly landlock: number;
  /** GOPROXY, GOSUMDB and the like. */
  readonly moduleEnv: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
}
