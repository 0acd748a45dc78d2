import type { BinaryFacts } from './binary-facts.ts';

/** A piece of the file and the address that it is loaded at. */
export interface MappedRegion {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** Where the bytes of an executable lie in memory. */
export interface ExecutableMap {
  /** Everything of the file that is loaded. */
  readonly mapped: readonly MappedRegion[];
  /** Where build info is looked for, the likeliest place first. */
  readonly data: readonly MappedRegion[];
}

/** What the headers of an executable say, in terms that every format has. */
export interface Executable
  extends ExecutableMap,
    Pick<BinaryFacts, 'format' | 'arch' | 'buildId' | 'linkage' | 'stripped'> {
  /** As GOOS writes it; `undefined` when the headers do not tell. */
  readonly os: string | undefined;
  /** Whether sections or symbols are there that only a Go linker writes. */
  readonly hasGoSections: boolean;
  /** What could not be read, in words. */
  readonly problems: readonly string[];
}
