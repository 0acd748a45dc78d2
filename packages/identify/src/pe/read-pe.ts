import type { FileBytes } from '../byte-reader.ts';
import type { Executable, FileSection, MappedRegion } from '../executable.ts';
import { notExecutable } from '../file-kind.ts';
import { truncatedHeader } from '../header-error.ts';
import { NumberView } from '../number-view.ts';
import { readRawBuildId } from '../raw-build-id.ts';

const fileHeaderSize = 24;
const sectionSize = 40;
const sectionFlag = { code: 0x20, initialised: 0x40, execute: 0x20000000, write: 0x80000000 } as const;
const littleEndian = true;

const archs: Readonly<Record<number, string>> = {
  ...{ 332: '386', 34404: 'amd64', 452: 'arm', 43620: 'arm64' },
};

interface PeHeader {
  readonly machine: number;
  /** Where symbols are, and their names behind them. */
  readonly symbolsAt: number;
  readonly sectionCount: number;
  readonly symbolCount: number;
  readonly imageBase: number;
  /** Whether it asks for libraries. */
  readonly imports: boolean;
  readonly sectionsAt: number;
}

/** Where the `PE` header begins; `undefined` for a program of DOS alone. */
function findHeader(file: FileBytes): number | undefined {
  const dos = file.take(0, 64);
  if (dos.length < 64) return undefined;
  const at = new NumberView(dos, { bits: 32, littleEndian }).u32(60);
  const signature = file.take(at, 4);
  const isPe = signature.length === 4 && [0x50, 0x45, 0, 0].every((byte, index) => signature[index] === byte);
  return isPe ? at : undefined;
}

function parseOptional(bytes: Uint8Array): Pick<PeHeader, 'imageBase' | 'imports'> {
  if (bytes.length < 2) return { imageBase: 0, imports: false };
  const wide = bytes[0] === 0x0b && bytes[1] === 0x02;
  const view = new NumberView(bytes, { bits: wide ? 64 : 32, littleEndian });
  const [baseAt, directoriesAt] = wide ? [24, 112] : [28, 96];
  if (bytes.length < directoriesAt) return { imageBase: 0, imports: false };
  // The second directory is that of imports.
  const hasImports = view.u32(directoriesAt - 4) > 1 && bytes.length >= directoriesAt + 16;
  return { imageBase: view.word(baseAt), imports: hasImports && view.u32(directoriesAt + 8) !== 0 };
}

function readHeader(file: FileBytes): PeHeader {
  const at = findHeader(file);
  if (at === undefined) throw notExecutable(file.take(0, 16), 'a DOS program');
  const bytes = file.take(at, fileHeaderSize);
  if (bytes.length < fileHeaderSize) throw truncatedHeader('a PE header', fileHeaderSize, bytes.length);
  const view = new NumberView(bytes, { bits: 32, littleEndian });
  const optionalSize = view.u16(20);
  return {
    machine: view.u16(4),
    sectionCount: view.u16(6),
    symbolsAt: view.u32(12),
    symbolCount: view.u32(16),
    ...parseOptional(file.take(at + fileHeaderSize, optionalSize)),
    sectionsAt: at + fileHeaderSize + optionalSize,
  };
}

const latin1 = new TextDecoder('latin1');
const textOf = (bytes: Uint8Array): string => latin1.decode(bytes).replace(/\0.*$/s, '');

interface PeSection extends MappedRegion {
  /** Of at most 8 letters; `/` and a number for a place among the names of symbols. */
  readonly name: string;
  readonly flags: number;
}

function readSections(file: FileBytes, header: PeHeader): PeSection[] {
  const bytes = file.take(header.sectionsAt, header.sectionCount * sectionSize);
  const view = new NumberView(bytes, { bits: 32, littleEndian });
  return Array.from({ length: Math.floor(bytes.length / sectionSize) }, (_, index) => {
    const at = index * sectionSize;
    return {
      name: textOf(bytes.subarray(at, at + 8)),
      address: header.imageBase + view.u32(at + 12),
      size: view.u32(at + 16),
      offset: view.u32(at + 20),
      flags: view.u32(at + 36),
    };
  });
}

const symbolSize = 18;
/** What is read of the names behind the symbols: those of sections come first. */
const maxNamesBytes = 1 << 14;
const maxNameBytes = 64;

/**
 * The sections of a PE file.
 * @throws `identify.not-executable` for a DOS program, `identify.truncated-header`
 */
export function listPeSections(file: FileBytes): FileSection[] {
  const header = readHeader(file);
  const sections = readSections(file, header);
  const names = file.take(header.symbolsAt + header.symbolCount * symbolSize, maxNamesBytes);
  const nameOf = (name: string): string => {
    const at = Number(/^\/(\d+)$/.exec(name)?.[1] ?? names.length);
    return textOf(names.subarray(at, at + maxNameBytes)) || name;
  };
  return sections.map(({ name, offset, size }) => ({ name: nameOf(name), offset, size }));
}

function isWritableData({ flags, size }: PeSection): boolean {
  const mask = sectionFlag.initialised | sectionFlag.write;
  return size > 0 && ((flags & mask) | 0) === (mask | 0) && (flags & sectionFlag.execute) === 0;
}

/**
 * What the headers of a PE file say.
 * @throws `identify.not-executable` for a DOS program, `identify.truncated-header`
 * @see Microsoft's PE Format specification
 */
export function readPe(file: FileBytes): Executable {
  const header = readHeader(file);
  const sections = readSections(file, header);
  const missing = header.sectionCount - sections.length;
  return {
    format: 'pe',
    os: 'windows',
    arch: archs[header.machine] ?? `pe-machine-${header.machine}`,
    mapped: sections,
    data: sections.filter(isWritableData),
    buildId: readRawBuildId(
      file,
      sections.find(({ flags }) => (flags & sectionFlag.code) !== 0),
    ),
    linkage: header.imports ? 'dynamic' : 'static',
    stripped: header.symbolCount === 0,
    hasGoSections: false,
    problems: missing > 0 ? [`sections: ${header.sectionCount} expected, found ${sections.length}`] : [],
  };
}
