import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { type ArMember, isArArchive, readMembers } from './ar/read-members.ts';
import type { BinaryFacts, BuildInfo } from './binary-facts.ts';
import { parseBuildInfo } from './build-info.ts';
import { decodeBuildInfo, type RawBuildInfo } from './decode-build-info.ts';
import { readElf } from './elf/read-elf.ts';
import type { Executable } from './executable.ts';
import { type ByteSource, FileBytes, type ReadAt } from './file-bytes.ts';
import { fileKindOf, notExecutable } from './file-kind.ts';
import { findBuildInfo } from './find-build-info.ts';
import { fullFingerprint, modulesFingerprint } from './fingerprint.ts';
import { readMachO } from './macho/read-macho.ts';
import { readUniversal } from './macho/read-universal.ts';
import { readPe } from './pe/read-pe.ts';
import { classifyProvenance } from './provenance.ts';
import { readBuildVersion } from './read-build-version.ts';
import { readWasm } from './wasm/read-wasm.ts';
import { readXcoff } from './xcoff/read-xcoff.ts';

export type { ReadAt } from './file-bytes.ts';
export { fileKindOf } from './file-kind.ts';

/** How much of a binary is wanted. */
export interface ReadOptions {
  /** `false` leaves the fingerprints out, which are a fifth of the work. */
  readonly fingerprint?: boolean;
}

/** Headers, and the strings that the linker recorded. */
interface Reading {
  readonly executable: Executable;
  readonly raw: RawBuildInfo | undefined;
  /** Whether the release was found by a symbol, for want of build info. */
  readonly isFromSymbol?: boolean;
}

function notGo({ format, problems }: Executable): GofleetError {
  const hint = problems.length === 0 ? {} : { hint: `the file is damaged: ${problems[0]}` };
  return new GofleetError(
    'identify.not-go',
    `an executable (${format}) without Go build info, build ID or Go symbol table`,
    { facts: { format }, ...hint },
  );
}

/** The parsed text; one that Go could not parse either becomes a problem. */
function parseRecorded(raw: RawBuildInfo | undefined, problems: string[]): BuildInfo | undefined {
  if (!raw) return undefined;
  try {
    return parseBuildInfo(raw.modules, raw.goVersion);
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    problems.push(thrown.message);
    return undefined;
  }
}

/** What is known of the platform; build info's word counts more than the header's. */
function platformOf(
  { os: headerOs, arch }: Executable,
  info: BuildInfo | undefined,
  problems: string[],
): [string, string] {
  const os = info?.settings.GOOS ?? headerOs;
  if (os === undefined) problems.push('operating system: not recorded, taken for linux');
  return [os ?? 'linux', info?.settings.GOARCH ?? arch];
}

function compilerOf(
  { executable, raw, isFromSymbol = false }: Reading,
  info: BuildInfo | undefined,
): BinaryFacts['compiler'] {
  if (info?.settings['-compiler'] === 'gccgo' || executable.runtimeLibrary?.startsWith('libgo.'))
    return 'gccgo';
  const hasBuildInfo = raw !== undefined && !isFromSymbol;
  return !hasBuildInfo && executable.traces().gcc !== undefined ? 'gccgo' : 'gc';
}

/** What obfuscators write in place of the release. */
const hiddenRelease = 'unknown';

/** The GCC releases that a libgo is of. @see Debian's packages libgo11 to libgo23 */
const gccByLibgo: Readonly<Record<string, number>> = {
  ...{ 11: 7, 13: 8, 14: 9, 16: 10, 19: 11, 21: 12, 22: 13, 23: 14 },
};

function explainMissing({ runtimeLibrary, traces }: Executable): string {
  const libgo = /^libgo\.so\.([0-9]+)$/.exec(runtimeLibrary ?? '')?.[1];
  if (libgo !== undefined) {
    const release = gccByLibgo[libgo];
    return `Go release: that of ${runtimeLibrary}${release === undefined ? '' : ` (GCC ${release})`} where the program runs`;
  }
  const { gcc } = traces();
  if (gcc === undefined) return 'build info: none, so the Go release is unknown';
  return `Go release: that of the libgo inside, of GCC ${gcc === '' ? 'of an unknown release' : gcc}`;
}

const noFingerprint: BinaryFacts['fingerprint'] = { modules: undefined, full: undefined };

function fingerprintOf(info: BuildInfo | undefined): BinaryFacts['fingerprint'] {
  if (info === undefined || info.text === '') return noFingerprint;
  return { modules: modulesFingerprint(info.deps), full: fullFingerprint(info) };
}

/** Facts before their fingerprint is set. */
type Draft = Omit<BinaryFacts, 'fingerprint'> & { fingerprint: BinaryFacts['fingerprint'] };

/** What is said of a reading; one literal, since spreading others into it takes as long as the headers. */
function factsOf(reading: Reading, place: Place): Draft {
  const { executable, raw, isFromSymbol = false } = reading;
  const { buildId, runtimeLibrary } = executable;
  const problems: string[] = [];
  const info = parseRecorded(raw, problems);
  const [os, arch] = platformOf(executable, info, problems);
  const isHidden = raw?.goVersion === hiddenRelease;
  if (isHidden) problems.push('Go release: recorded as "unknown": obfuscated, as garble does');
  else if (raw === undefined) problems.push(explainMissing(executable));
  else if (isFromSymbol) problems.push('build info: none; the Go release is that of runtime.buildVersion');
  problems.push(...executable.problems);
  return {
    format: executable.format,
    member: place.member,
    os,
    arch,
    compiler: compilerOf(reading, info),
    goVersion: isHidden ? undefined : raw?.goVersion,
    buildInfo: info,
    buildId,
    buildIdSegments: buildId === '' ? [] : buildId.split('/'),
    fingerprint: noFingerprint,
    provenance: classifyProvenance(info),
    linkage: executable.linkage,
    runtimeLibrary,
    stripped: executable.stripped,
    grade: raw === undefined || isHidden ? 'unknown' : 'claimed',
    bytesRead: place.source.bytesRead,
    problems,
  };
}

/** What was read, and which object of a static library it was. */
interface Place {
  readonly source: ByteSource;
  readonly member?: string;
}

const latin1 = new TextDecoder('latin1');
/** Where packers leave their mark: the piece that is read first anyway. */
const packerBytes = 4096;

/** Readers of the formats whose build info lies in their data. */
const readers = { elf: readElf, macho: readMachO, pe: readPe, xcoff: readXcoff } as const;

function readFormat(file: FileBytes, format: keyof typeof readers): Reading {
  const executable = readers[format](file);
  const place = findBuildInfo(file, executable);
  const raw = place && decodeBuildInfo(file, executable, place);
  if (raw) return { executable, raw };
  const traces = executable.traces();
  const goVersion = traces.hasGoSections ? readBuildVersion(file, executable, traces) : undefined;
  return goVersion === undefined
    ? { executable, raw }
    : { executable, raw: { goVersion, modules: '' }, isFromSymbol: true };
}

/** UPX leaves its name behind the headers; what it packed cannot be seen. */
function checkUnpacked(file: FileBytes): void {
  const head = latin1.decode(file.take(0, packerBytes));
  if (!head.includes('UPX!') && !head.includes('UPX0\0')) return;
  throw new GofleetError(
    'identify.packed',
    'an executable packed with UPX: whether it is a Go program cannot be seen',
    { facts: { packer: 'upx' }, hint: 'unpack a copy with "upx -d" and scan that' },
  );
}

/** Whether anything in an executable is of Go. */
function isGo({ executable, raw }: Reading): boolean {
  const { buildId, runtimeLibrary, traces } = executable;
  return raw !== undefined || buildId !== '' || runtimeLibrary !== undefined || traces().hasGoSections;
}

function describe(file: FileBytes, reading: Reading): Draft {
  const { executable, raw } = reading;
  if (raw === undefined && executable.buildId === '') checkUnpacked(file);
  if (!isGo(reading)) throw notGo(executable);
  return factsOf(reading, { source: file.source });
}

const readIdent = (file: FileBytes): Uint8Array => file.take(0, 16);

/** A universal file is described by its first program, as `go version` does; the others are named. */
function readUniversalFile(file: FileBytes): Draft {
  const [first, ...others] = readUniversal(file);
  const slice = new FileBytes(file.source, first?.offset);
  const ident = readIdent(slice);
  if (fileKindOf(ident) !== 'macho') throw notExecutable(ident);
  const facts = describe(slice, readFormat(slice, 'macho'));
  if (others.length === 0) return facts;
  const names = others.map(({ arch }) => arch).join(', ');
  return { ...facts, problems: [...facts.problems, `universal file: not described are ${names}`] };
}

/** What an object file in an archive says; `undefined` for one that is not of Go. */
function readMember(file: FileBytes, { name, offset }: ArMember): Draft | undefined {
  const object = new FileBytes(file.source, offset);
  const kind = fileKindOf(readIdent(object));
  if (kind !== 'elf' && kind !== 'macho' && kind !== 'xcoff') return undefined;
  const reading = readFormat(object, kind);
  return isGo(reading) ? factsOf(reading, { source: file.source, member: name }) : undefined;
}

/** A static library is described by its object that has build info, as `-buildmode=c-archive` makes it. */
function readArchive(file: FileBytes, ident: Uint8Array): Draft {
  const facts = readMembers(file, (member) => readMember(file, member));
  if (!facts) throw notExecutable(ident);
  return facts;
}

function readAny(file: FileBytes): Draft {
  const ident = readIdent(file);
  const kind = fileKindOf(ident);
  if (kind === undefined) {
    if (isArArchive(ident)) return readArchive(file, ident);
    throw notExecutable(ident);
  }
  if (kind === 'macho-universal') return readUniversalFile(file);
  return describe(file, kind === 'wasm' ? readWasm(file) : readFormat(file, kind));
}

/**
 * Everything that a Go executable says of itself: ELF, Mach-O (the first program of a universal file), PE, XCOFF, the object of a
 * static library, and what is left in WebAssembly. Reads 2 to 4 ranges, a few KiB in all, of a file as the Go linker
 * leaves it (of WebAssembly all the data); at most some 130 MiB of a hostile one.
 * @throws `identify.not-executable`, `identify.not-go`, `identify.packed`, `identify.truncated-header`, `identify.malformed-header`,
 * `identify.truncated-build-info`, `identify.oversized-build-info`, `identify.malformed-build-info`, `identify.oversized-data`
 * @see Go src/debug/buildinfo/buildinfo.go (go1.26)
 */
export function readBinary(readAt: ReadAt, { fingerprint = true }: ReadOptions = {}): BinaryFacts {
  const facts = readAny(new FileBytes({ readAt, bytesRead: 0 }));
  if (fingerprint) facts.fingerprint = fingerprintOf(facts.buildInfo);
  return facts;
}
