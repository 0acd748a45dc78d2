/** What the reader needs of the ELF header. @see System V ABI, chapter 4, ELF Header */
export interface ElfHeader {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly osAbi: number;
  readonly type: number;
  readonly machine: number;
  readonly segments: ElfTable;
  readonly sections: ElfTable & { readonly namesIndex: number };
}

/** A header table: where it lies and how long its entries are. */
export interface ElfTable {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

/** @see System V ABI, chapter 5, Program Header */
export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

/** @see System V ABI, chapter 4, Sections */
export interface ElfSection {
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

export const segmentType = { load: 1, dynamic: 2, interpreter: 3, note: 4 } as const;
export const segmentFlag = { execute: 1, write: 2 } as const;
export const sectionType = { stringTable: 3, noBits: 8 } as const;
