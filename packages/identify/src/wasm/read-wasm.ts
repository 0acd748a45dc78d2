import type { RawBuildInfo } from '../decode-build-info.ts';
import type { Executable } from '../executable.ts';
import type { FileBytes } from '../file-bytes.ts';
import { findModuleText } from '../module-text.ts';
import { readRawBuildId } from '../raw-build-id.ts';
import { parseUvarint } from '../uvarint.ts';

interface WasmSection {
  readonly id: number;
  /** Of a custom section; else empty. */
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

const sectionId = { custom: 0, data: 11 } as const;
const maxSections = 256;
const maxCustomBytes = 4096;
const maxDataBytes = 64 << 20;

const decoder = new TextDecoder();

/** The sections that lie one behind the other, as far as they make sense. */
function readSections(file: FileBytes): WasmSection[] {
  const sections: WasmSection[] = [];
  for (let at = 8; sections.length < maxSections; ) {
    const bytes = file.read(at, 64);
    const size = parseUvarint(bytes, 1);
    if (!size) break;
    const id = bytes[0] ?? 0;
    const nameLength = id === sectionId.custom ? parseUvarint(bytes, size.next) : undefined;
    const start = nameLength?.next ?? size.next;
    const end = start + Math.min(nameLength?.value ?? 0, 40);
    const offset = at + size.next;
    sections.push({
      id,
      name: decoder.decode(bytes.subarray(start, end)),
      offset: nameLength ? at + end : offset,
      size: Math.max(0, nameLength ? size.value - (end - size.next) : size.value),
    });
    at = offset + size.value;
  }
  return sections;
}

/** The release that the linker names as the producer of the language. @see WebAssembly tool conventions, ProducersSection */
function findRelease(producers: string): string | undefined {
  const at = producers.indexOf('\x02Go');
  const size = at < 0 ? 0 : producers.charCodeAt(at + 3);
  return size > 0 && size < 128 ? producers.slice(at + 4, at + 4 + size) : undefined;
}

function readCustom(file: FileBytes, sections: readonly WasmSection[], name: string): string {
  const section = sections.find((one) => one.id === sectionId.custom && one.name === name);
  if (!section) return '';
  return decoder.decode(file.read(section.offset, Math.min(section.size, maxCustomBytes)));
}

/**
 * What a WebAssembly module built by Go says. The linker leaves Go's build info out of it; what stays is the build ID, the
 * release among the module's producers, and the module text in the data, found by its sentinels.
 * @see Go src/cmd/link/internal/wasm/asm.go (go1.26)
 */
export function readWasm(file: FileBytes): { executable: Executable; raw: RawBuildInfo | undefined } {
  const sections = readSections(file);
  const goVersion = findRelease(readCustom(file, sections, 'producers'));
  const data = sections.find(({ id }) => id === sectionId.data);
  const modules =
    goVersion === undefined || !data
      ? undefined
      : findModuleText(file.read(data.offset, Math.min(data.size, maxDataBytes)));
  const identity = sections.find(({ name }) => name === 'go:buildid');
  const executable: Executable = {
    format: 'wasm',
    os: 'unknown',
    arch: 'wasm',
    mapped: [],
    data: [],
    buildId: readRawBuildId(file, identity),
    linkage: 'static',
    stripped: !sections.some(({ name }) => name === 'name'),
    traces: () => ({ hasGoSections: goVersion !== undefined }),
    problems: [],
  };
  return { executable, raw: goVersion === undefined ? undefined : { goVersion, modules: modules ?? '' } };
}
