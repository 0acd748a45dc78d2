import { GofleetError } from '@gofleet/base/errors';
import { FileBytes, type ReadAt } from '../file-bytes.ts';
import { NumberView } from '../number-view.ts';
import { type ElfHeader, type ElfSection, segmentType } from './layout.ts';
import { archOf } from './platform.ts';
import { readElfHeader } from './read-header.ts';
import { type ElfTables, readElfTables } from './read-tables.ts';

/** A symbol that other files may use, or that is used of them. */
export interface DynamicSymbol {
  readonly name: string;
  /** `object`: data, whose size a program may have compiled in. */
  readonly kind: 'function' | 'object' | 'other';
  readonly sizeBytes: number;
  /** Whether a program works without it. */
  readonly isWeak: boolean;
}

/** What the dynamic linker goes by. */
export interface DynamicFacts {
  readonly arch: string;
  readonly bits: 32 | 64;
  /** The name that programs ask for a library by; empty when it has none. */
  readonly soname: string;
  readonly needed: readonly string[];
  readonly defined: ReadonlyMap<string, DynamicSymbol>;
  readonly undefined: ReadonlyMap<string, DynamicSymbol>;
  /** What libraries of `-buildmode=shared` have: 64 hexadecimal digits that change with everything that packages export. */
  readonly abiHash?: string;
  /** Versions of other libraries' symbols that are asked for: `GLIBC_2.34`. */
  readonly versions: readonly string[];
  /** Who compiled it, as far as it says: `GCC: (Debian 12.2.0-14) 12.2.0`. */
  readonly compiler?: string;
  /** Versions of its own symbols. */
  readonly provides: readonly string[];
}

const tags = { needed: 1, soname: 14 } as const;
const limits = { dynamic: 64 << 10, symbols: 8 << 20, strings: 16 << 20, versions: 64 << 10 } as const;
/** Of a name and of a list of versions: no compiler writes longer ones, and a hostile file does not keep us busy. */
const [maxNameBytes, maxVersions] = [2048, 1000];
const latin1 = new TextDecoder('latin1');

function refuse(what: string): GofleetError {
  return new GofleetError('identify.no-dynamic-symbols', what, {
    hint: 'a dynamically linked program or a shared library is expected',
  });
}

class Names {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  at(start: number): string {
    const bytes = this.#bytes.subarray(start, start + maxNameBytes);
    const end = bytes.indexOf(0);
    return end < 0 ? '' : latin1.decode(bytes.subarray(0, end));
  }
}

function requireSection({ sections }: ElfTables, name: string): ElfSection {
  const section = sections?.find(name);
  if (section) return section;
  throw refuse(`there is no section ${name}`);
}

function take(file: FileBytes, { offset, size }: ElfSection, limit: number): Uint8Array {
  if (size > limit) throw refuse(`a table of ${size} bytes; at most ${limit} are read`);
  return file.read(offset, size);
}

const kinds: Readonly<Record<number, DynamicSymbol['kind']>> = { 1: 'object', 2: 'function', 10: 'function' };
const weak = 2;

/** @see System V ABI, chapter 4, Symbol Table */
function* listSymbols(view: NumberView, names: Names): Generator<DynamicSymbol & { isDefined: boolean }> {
  const isWide = view.bits === 64;
  const step = isWide ? 24 : 16;
  // The first one is nothing.
  for (let at = step; at + step <= view.length; at += step) {
    const [infoAt, indexAt, sizeAt] = isWide ? [at + 4, at + 6, at + 16] : [at + 12, at + 14, at + 8];
    const info = view.u8(infoAt);
    yield {
      name: names.at(view.u32(at)),
      kind: kinds[info & 15] ?? 'other',
      sizeBytes: view.word(sizeAt),
      isWeak: info >> 4 === weak,
      isDefined: view.u16(indexAt) !== 0,
    };
  }
}

/** @see Linux Standard Base, Symbol Versioning, Version Requirements */
function listVersions(view: NumberView, names: Names): readonly string[] {
  const found = new Set<string>();
  let seen = 0;
  for (let at = 0, next = 1; next !== 0 && seen < maxVersions && at + 16 <= view.length; at += next) {
    next = view.u32(at + 12);
    let aux = at + view.u32(at + 8);
    for (
      let left = view.u16(at + 2);
      left > 0 && aux + 16 <= view.length && seen < maxVersions;
      left--, seen++
    ) {
      found.add(names.at(view.u32(aux + 8)));
      const step = view.u32(aux + 12);
      if (step === 0) break;
      aux += step;
    }
  }
  return [...found].sort();
}

/** @see Linux Standard Base, Symbol Versioning, Version Definitions */
function listProvided(view: NumberView, names: Names): readonly string[] {
  const found: string[] = [];
  for (let at = 0, next = 1; next !== 0 && found.length < maxVersions && at + 20 <= view.length; at += next) {
    next = view.u32(at + 16);
    const aux = at + view.u32(at + 12);
    // The first name is its own; those behind it are of versions that it inherits.
    if (aux + 8 <= view.length) found.push(names.at(view.u32(aux)));
  }
  return found;
}

function listDynamic(view: NumberView, names: Names, wanted: number): readonly string[] {
  const step = view.bits / 8;
  const found: string[] = [];
  for (let at = 0; at + 2 * step <= view.length && view.word(at) !== 0; at += 2 * step)
    if (view.word(at) === wanted) found.push(names.at(view.word(at + step)));
  return found;
}

function readDynamicSegment(file: FileBytes, header: ElfHeader, { segments }: ElfTables): NumberView {
  const segment = segments.find(({ type }) => type === segmentType.dynamic);
  if (!segment) throw refuse('it is linked statically: there is no dynamic segment');
  return new NumberView(file.read(segment.offset, Math.min(segment.fileSize, limits.dynamic)), header);
}

function readCompiler(file: FileBytes, { sections }: ElfTables): string | undefined {
  const comment = sections?.find('.comment');
  const text = comment && new Names(file.read(comment.offset, Math.min(comment.size, maxNameBytes))).at(0);
  return text === undefined || text === '' ? undefined : text;
}

/** @see Go src/cmd/link/internal/ld/elf.go, ELF_NOTE_GOABIHASH_TAG (go1.26) */
function readAbiHash(file: FileBytes, header: ElfHeader, { sections }: ElfTables): string | undefined {
  const note = sections?.find('.note.go.abihash');
  const bytes = note && file.read(note.offset, Math.min(note.size, limits.versions));
  if (bytes === undefined || bytes.length < 16) return undefined;
  const size = new NumberView(bytes, header).u32(4);
  const hash = [...bytes.subarray(16, 16 + size)];
  return hash.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a file and the libraries that it asks for are called. */
export type DynamicNames = Pick<DynamicFacts, 'soname' | 'needed'>;

/** An ELF file whose names are at hand. */
function openDynamic(readAt: ReadAt) {
  const file = new FileBytes({ readAt, bytesRead: 0 });
  const header = readElfHeader(file);
  const tables = readElfTables(file, header);
  const dynamic = readDynamicSegment(file, header, tables);
  const names = new Names(take(file, requireSection(tables, '.dynstr'), limits.strings));
  const called: DynamicNames = {
    soname: listDynamic(dynamic, names, tags.soname)[0] ?? '',
    needed: listDynamic(dynamic, names, tags.needed),
  };
  return { file, header, tables, names, called };
}

/**
 * What a program or shared library is called and asks for, none of its symbols.
 * @throws `identify.no-dynamic-symbols`, `identify.truncated-header`, `identify.malformed-header`
 */
export function readDynamicNames(readAt: ReadAt): DynamicNames {
  return openDynamic(readAt).called;
}

/**
 * What the dynamic linker reads of a program or shared library.
 * @throws `identify.no-dynamic-symbols`, `identify.truncated-header`, `identify.malformed-header`
 */
export function readDynamic(readAt: ReadAt): DynamicFacts {
  const { file, header, tables, names, called } = openDynamic(readAt);
  const table = new NumberView(take(file, requireSection(tables, '.dynsym'), limits.symbols), header);
  const listed = (name: string, list: typeof listVersions): readonly string[] => {
    const section = tables.sections?.find(name);
    return section ? list(new NumberView(take(file, section, limits.versions), header), names) : [];
  };
  const symbols = [...listSymbols(table, names)];
  const abiHash = readAbiHash(file, header, tables);
  const compiler = readCompiler(file, tables);
  const byName = (isDefined: boolean) =>
    new Map(
      symbols.flatMap(({ isDefined: is, ...symbol }) => (is === isDefined ? [[symbol.name, symbol]] : [])),
    );
  return {
    arch: archOf(header),
    bits: header.bits,
    ...called,
    ...{ defined: byName(true), undefined: byName(false) },
    ...(abiHash === undefined ? {} : { abiHash }),
    ...(compiler === undefined ? {} : { compiler }),
    versions: listed('.gnu.version_r', listVersions),
    provides: listed('.gnu.version_d', listProvided),
  };
}
