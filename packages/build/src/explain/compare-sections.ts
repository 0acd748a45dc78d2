import type { FileSection } from '@gofleet/identify/read-sections';

/** An executable's bytes and how they are divided. */
export interface SectionedFile {
  readonly bytes: Uint8Array;
  /** In order of offset. */
  readonly sections: readonly FileSection[];
}

/** A section that is not the same in two files. */
export interface SectionChange {
  readonly name: string;
  /** Bytes in each file; `undefined` where there is no such section. */
  readonly originalBytes: number | undefined;
  readonly rebuiltBytes: number | undefined;
  /** How many bytes are others at the same place of the section, those that only one has among them. */
  readonly differingBytes: number;
}

/** What lies outside of sections: before the first, between them, after the last. */
const outside = { before: 'headers', between: 'gaps between sections', after: 'end of the file' } as const;

function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Every byte of the file once, by the name of its section. Sections that overlap others are cut. */
function divide({ bytes, sections }: SectionedFile): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array[]>();
  const add = (name: string, start: number, end: number): void => {
    if (end > start) parts.set(name, [...(parts.get(name) ?? []), bytes.subarray(start, end)]);
  };
  let at = 0;
  for (const { name, offset, size } of sections) {
    const start = Math.min(Math.max(offset, at), bytes.length);
    const end = Math.min(Math.max(offset + size, start), bytes.length);
    add(at === 0 ? outside.before : outside.between, at, start);
    add(name, start, end);
    at = end;
  }
  add(sections.length === 0 ? 'the file' : outside.after, at, bytes.length);
  return new Map([...parts].map(([name, pieces]) => [name, concat(pieces)]));
}

const chunkBytes = 1 << 16;

/** How many bytes are not equal; what only one of them has counts in full. */
export function countDifferingBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  let count = Math.max(a.length, b.length) - common;
  for (let start = 0; start < common; start += chunkBytes) {
    const end = Math.min(start + chunkBytes, common);
    if (Buffer.compare(a.subarray(start, end), b.subarray(start, end)) === 0) continue;
    for (let at = start; at < end; at++) if (a[at] !== b[at]) count += 1;
  }
  return count;
}

const empty = new Uint8Array(0);

/** The sections that are not the same in an original and its rebuild, in the original's order; the rebuild's own come last. */
export function compareSections(original: SectionedFile, rebuilt: SectionedFile): SectionChange[] {
  const [had, has] = [divide(original), divide(rebuilt)];
  const names = [...new Set([...had.keys(), ...has.keys()])];
  return names.flatMap((name) => {
    const [before, after] = [had.get(name), has.get(name)];
    const differingBytes = countDifferingBytes(before ?? empty, after ?? empty);
    if (differingBytes === 0) return [];
    return [{ name, originalBytes: before?.length, rebuiltBytes: after?.length, differingBytes }];
  });
}

/**
 * Whether two files that were linked from almost the same have the same functions, each of the same size at the same line: values
 * that were set for linking change neither. What was compiled may still differ in what is not linked.
 */
export function hasSameFunctions(changes: readonly SectionChange[]): boolean {
  return changes.every(
    ({ name, originalBytes, rebuiltBytes }) =>
      !/gopclntab$/.test(name) && (!/(?:^\.|__)text$/.test(name) || originalBytes === rebuiltBytes),
  );
}
