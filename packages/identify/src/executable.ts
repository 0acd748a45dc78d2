import type { BinaryFacts } from './binary-facts.ts';
import type { NumberOrder } from './number-view.ts';

/** A piece of the file and the address that it is loaded at. */
export interface MappedRegion {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** A named piece of the file. */
export interface FileSection {
  readonly name: string;
  readonly offset: number;
  /** In the file. */
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
  /** The shared library that holds the runtime. */
  readonly runtimeLibrary?: string | undefined;
  /** As GOOS writes it; `undefined` when the headers do not tell. */
  readonly os: string | undefined;
  /** Whether sections or symbols are there that only a Go linker writes. */
  readonly hasGoSections: boolean;
  /** The GCC release that compiled it when its Go compiler is gccgo and the runtime is inside; empty when it does not tell. */
  readonly gcc?: string | undefined;
  /** An ELF file's symbols and the names that they point into. */
  readonly symbols?:
    | {
        readonly order: NumberOrder;
        readonly table: Pick<MappedRegion, 'offset' | 'size'>;
        readonly names: Pick<MappedRegion, 'offset' | 'size'>;
      }
    | undefined;
  /** What could not be read, in words. */
  readonly problems: readonly string[];
}

/** The file offset of an address, and how many bytes of its region follow. */
export function locate(
  { mapped }: ExecutableMap,
  address: number,
): { offset: number; room: number } | undefined {
  for (const { address: start, offset, size } of mapped) {
    if (address >= start && address < start + size) {
      return { offset: offset + (address - start), room: size - (address - start) };
    }
  }
  return undefined;
}
