import type { Executable, MappedRegion } from '../executable.ts';
import type { FileBytes } from '../file-bytes.ts';
import { truncatedHeader } from '../header-error.ts';
import { type NumberOrder, NumberView } from '../number-view.ts';
import { readRawBuildId } from '../raw-build-id.ts';

const sectionType = { text: 0x20, data: 0x40, loader: 0x1000 } as const;

interface XcoffSection extends MappedRegion {
  readonly type: number;
}

interface XcoffHeader {
  readonly order: NumberOrder;
  readonly sectionCount: number;
  readonly symbolCount: number;
  readonly sectionsAt: number;
}

function readHeader(file: FileBytes): XcoffHeader {
  const wide = file.take(0, 2)[1] === 0xf7;
  const order = { bits: wide ? (64 as const) : (32 as const), littleEndian: false };
  const size = wide ? 24 : 20;
  const bytes = file.take(0, size);
  if (bytes.length < size) throw truncatedHeader('an XCOFF header', size, bytes.length);
  const view = new NumberView(bytes, order);
  return {
    order,
    sectionCount: view.u16(2),
    symbolCount: view.u32(wide ? 20 : 12),
    sectionsAt: size + view.u16(16),
  };
}

function readSections(file: FileBytes, header: XcoffHeader): XcoffSection[] {
  const [size, step] = header.order.bits === 64 ? [72, 8] : [40, 4];
  const bytes = file.take(header.sectionsAt, header.sectionCount * size);
  const view = new NumberView(bytes, header.order);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => {
    const at = index * size;
    return {
      address: view.word(at + 8 + step),
      size: view.word(at + 8 + 2 * step),
      offset: view.word(at + 8 + 3 * step),
      // The upper half tells what kind of debug information it is.
      type: view.u32(at + (step === 8 ? 64 : 36)) & 0xffff,
    };
  });
}

/**
 * What the headers of an XCOFF file (AIX) say.
 * @throws `identify.truncated-header`
 * @see IBM's AIX documentation, XCOFF Object File Format
 */
export function readXcoff(file: FileBytes): Executable {
  const header = readHeader(file);
  const sections = readSections(file, header);
  const missing = header.sectionCount - sections.length;
  return {
    format: 'xcoff',
    os: 'aix',
    arch: header.order.bits === 64 ? 'ppc64' : 'ppc',
    mapped: sections,
    data: sections.filter(({ type }) => type === sectionType.data),
    buildId: readRawBuildId(
      file,
      sections.find(({ type }) => type === sectionType.text),
    ),
    linkage: sections.some(({ type }) => type === sectionType.loader) ? 'dynamic' : 'static',
    stripped: header.symbolCount === 0,
    traces: () => ({ hasGoSections: false }),
    problems: missing > 0 ? [`sections: ${header.sectionCount} expected, found ${sections.length}`] : [],
  };
}
