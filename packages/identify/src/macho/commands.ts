import type { NumberView } from '../number-view.ts';

/** @see Apple's mach-o/loader.h, segment_command and segment_command_64 */
export interface MachSegment {
  readonly name: string;
  readonly address: number;
  readonly offset: number;
  readonly fileSize: number;
  /** The initial protection: 1 read, 2 write, 4 execute. */
  readonly protection: number;
  readonly sections: readonly MachSection[];
}

/** @see Apple's mach-o/loader.h, section and section_64 */
export interface MachSection {
  readonly name: string;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** A load command: its kind, and where it lies among the commands' bytes. */
export interface LoadCommand {
  readonly kind: number;
  readonly at: number;
  readonly size: number;
}

export const commandKind = {
  segment32: 0x1,
  symbols: 0x2,
  dynamicSymbols: 0xb,
  loadLibrary: 0xc,
  loadLinker: 0xe,
  segment64: 0x19,
  codeSignature: 0x1d,
  minimumMacos: 0x24,
  minimumIos: 0x25,
  build: 0x32,
} as const;

const latin1 = new TextDecoder('latin1');

function nameAt(bytes: Uint8Array, at: number): string {
  return latin1.decode(bytes.subarray(at, at + 16)).replace(/\0.*$/s, '');
}

/** The load commands, as far as they lie within the bytes. */
export function listCommands(view: NumberView, count: number): LoadCommand[] {
  const commands: LoadCommand[] = [];
  for (let at = 0; commands.length < count && at + 8 <= view.length; ) {
    const [kind, size] = [view.u32(at), view.u32(at + 4)];
    if (size < 8 || at + size > view.length) break;
    commands.push({ kind, at, size });
    at += size;
  }
  return commands;
}

/** The segment of a command of kind `segment32` or `segment64`; `undefined` when the command is too short for one. */
export function parseSegment(
  bytes: Uint8Array,
  view: NumberView,
  { at, size }: LoadCommand,
): MachSegment | undefined {
  const wide = view.bits === 64;
  const [headSize, sectionSize, step] = wide ? [72, 80, 8] : [56, 68, 4];
  if (size < headSize) return undefined;
  const flags = at + 24 + 4 * step;
  const room = Math.floor((size - headSize) / sectionSize);
  const sections = Array.from({ length: Math.min(view.u32(flags + 8), room) }, (_, index) => {
    const start = at + headSize + index * sectionSize;
    return {
      name: nameAt(bytes, start),
      address: view.word(start + 32),
      size: view.word(start + 32 + step),
      offset: view.u32(start + 32 + 2 * step),
    };
  });
  return {
    name: nameAt(bytes, at + 8),
    address: view.word(at + 24),
    offset: view.word(at + 24 + 2 * step),
    fileSize: view.word(at + 24 + 3 * step),
    protection: view.u32(flags + 4),
    sections,
  };
}
