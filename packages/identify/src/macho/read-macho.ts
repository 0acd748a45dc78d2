import type { FileBytes } from '../byte-reader.ts';
import type { Executable, FileSection } from '../executable.ts';
import { truncatedHeader } from '../header-error.ts';
import { type NumberOrder, NumberView } from '../number-view.ts';
import { readRawBuildId } from '../raw-build-id.ts';
import { commandKind, type LoadCommand, listCommands, type MachSegment, parseSegment } from './commands.ts';

/** More than any linker writes; what a hostile header may make us read. */
const maxCommandBytes = 1 << 20;

const archs: Readonly<Record<number, string>> = {
  ...{ 7: '386', 16777223: 'amd64', 12: 'arm', 16777228: 'arm64', 18: 'ppc', 16777234: 'ppc64' },
};

/** The architecture of a Mach-O processor type as GOARCH writes it. */
export function machArchOf(cpu: number): string {
  return archs[cpu] ?? `macho-cpu-${cpu}`;
}

function orderOf(ident: Uint8Array): NumberOrder {
  const littleEndian = ident[0] !== 0xfe;
  const last = (littleEndian ? ident[0] : ident[3]) ?? 0;
  return { bits: last === 0xcf ? 64 : 32, littleEndian };
}

/** As GOOS writes it. @see Apple's mach-o/loader.h, PLATFORM_* */
function osOf(commands: readonly LoadCommand[], view: NumberView): string {
  const build = commands.find(({ kind, size }) => kind === commandKind.build && size >= 12);
  if (build) return [1, 6].includes(view.u32(build.at + 8)) ? 'darwin' : 'ios';
  return commands.some(({ kind }) => kind === commandKind.minimumIos) ? 'ios' : 'darwin';
}

/** Whether no symbols of the program's own are there; those of libraries always are. */
function isStripped(commands: readonly LoadCommand[], view: NumberView): boolean {
  const dynamic = commands.find(({ kind, size }) => kind === commandKind.dynamicSymbols && size >= 16);
  if (dynamic) return view.u32(dynamic.at + 12) === 0;
  const table = commands.find(({ kind, size }) => kind === commandKind.symbols && size >= 16);
  return !table || view.u32(table.at + 12) === 0;
}

/** The section that the linker names, else the writable segments. */
function dataOf(segments: readonly MachSegment[]): Executable['data'] {
  const named = segments.flatMap(({ sections }) => sections).find(({ name }) => name === '__go_buildinfo');
  const writable = segments
    .filter(({ protection, fileSize }) => protection === 3 && fileSize > 0)
    .map(({ address, offset, fileSize }) => ({ address, offset, size: fileSize }));
  return [...(named ? [named] : []), ...writable];
}

const goSections = new Set(['__go_buildinfo', '__gopclntab']);

/** The load commands of a Mach-O file, and the segments that they describe. */
interface MachCommands {
  readonly cpu: number;
  /** How many there should be. */
  readonly count: number;
  readonly commands: readonly LoadCommand[];
  readonly view: NumberView;
  readonly segments: readonly MachSegment[];
}

function readCommands(file: FileBytes): MachCommands {
  const order = orderOf(file.take(0, 4));
  const headSize = order.bits === 64 ? 32 : 28;
  const head = file.take(0, headSize);
  if (head.length < headSize) throw truncatedHeader('a Mach-O header', headSize, head.length);
  const header = new NumberView(head, order);
  const [cpu, count, wanted] = [header.u32(4), header.u32(16), header.u32(20)];
  const bytes = file.take(headSize, Math.min(wanted, maxCommandBytes));
  const view = new NumberView(bytes, order);
  const commands = listCommands(view, count);
  const kind = order.bits === 64 ? commandKind.segment64 : commandKind.segment32;
  const segments = commands
    .filter((command) => command.kind === kind)
    .flatMap((command) => parseSegment(bytes, view, command) ?? []);
  return { cpu, count, commands, view, segments };
}

/**
 * The sections of a Mach-O file, segments without any, and the code signature.
 * @throws `identify.truncated-header`
 */
export function listMachSections(file: FileBytes): FileSection[] {
  const { commands, view, segments } = readCommands(file);
  const signature = commands.find(({ kind, size }) => kind === commandKind.codeSignature && size >= 16);
  const signatureAt = signature === undefined ? Number.POSITIVE_INFINITY : view.u32(signature.at + 8);
  const listed = segments.flatMap(({ name, sections, offset, fileSize }): FileSection[] => {
    if (sections.length > 0) {
      const filled = sections.filter((section) => section.offset > 0);
      return filled.map((section) => ({ ...section, name: `${name},${section.name}` }));
    }
    return [{ name, offset, size: Math.min(fileSize, Math.max(0, signatureAt - offset)) }];
  });
  if (signature === undefined) return listed;
  return [...listed, { name: 'code signature', offset: signatureAt, size: view.u32(signature.at + 12) }];
}

/**
 * What the headers of a Mach-O file say.
 * @throws `identify.truncated-header`
 * @see Apple's mach-o/loader.h
 */
export function readMachO(file: FileBytes): Executable {
  const { cpu, count, commands, view, segments } = readCommands(file);
  const sections = segments.flatMap((segment) => segment.sections);
  const linked: readonly number[] = [commandKind.loadLibrary, commandKind.loadLinker];
  return {
    format: 'macho',
    os: osOf(commands, view),
    arch: machArchOf(cpu),
    mapped: segments
      .filter(({ name }) => name !== '__PAGEZERO')
      .map(({ address, offset, fileSize }) => ({ address, offset, size: fileSize })),
    data: dataOf(segments),
    buildId: readRawBuildId(
      file,
      sections.find(({ name }) => name === '__text'),
    ),
    linkage: commands.some((command) => linked.includes(command.kind)) ? 'dynamic' : 'static',
    stripped: isStripped(commands, view),
    hasGoSections: sections.some(({ name }) => goSections.has(name)),
    problems: commands.length < count ? [`load commands: ${count} expected, found ${commands.length}`] : [],
  };
}
