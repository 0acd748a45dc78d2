import {
  type BuildInfoRecipe,
  buildInfoBlob,
  concat,
  defaultBuildInfo,
  framed,
  uvarint,
  Writer,
} from './build-info-maker.ts';

/** What an executable for tests has inside; the default is what a Go linker of today writes. */
export interface ExecutableRecipe extends Partial<BuildInfoRecipe> {
  /** Empty for none. */
  readonly buildId?: string;
}

type Full = BuildInfoRecipe & { readonly buildId: string };

const encoder = new TextEncoder();
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

function complete(recipe: ExecutableRecipe, littleEndian: boolean): Full {
  const buildId = 'actionlink/actionmain/contentmain/contentbinary';
  return { bits: 64, littleEndian, ...defaultBuildInfo, buildId, ...recipe };
}

const name16 = (name: string): Uint8Array => concat(encoder.encode(name), new Uint8Array(16 - name.length));

/** The beginning of the code, as linkers without notes write the build ID. */
function code({ buildId }: Full): Uint8Array {
  const text = buildId === '' ? '' : `\xff Go build ID: "${buildId}"\n \xff`;
  return concat(latin1(text), new Uint8Array(256 - text.length));
}

const base = 0x100000;
const codeAt = 1024;
const dataAt = 2048;

/** A file of headers, code and data at fixed places. */
function assemble(headers: Uint8Array, recipe: Full, data: Uint8Array): Uint8Array {
  const file = new Uint8Array(dataAt + data.length);
  file.set(headers);
  file.set(code(recipe), codeAt);
  file.set(data, dataAt);
  return file;
}

/** A Mach-O file; with `named` the build info has its section, else it lies somewhere in the data. */
export function makeMachO(recipe: ExecutableRecipe & { named?: boolean; arm?: boolean } = {}): Uint8Array {
  const full = complete(recipe, true);
  const { bits } = full;
  const writer = new Writer(full);
  const data = concat(new Uint8Array(64), buildInfoBlob(full, writer, base + dataAt + 64));
  const section = (name: string, at: number, size: number): Uint8Array =>
    concat(
      name16(name),
      name16('__X'),
      writer.word(base + at, size),
      writer.u32(at),
      new Uint8Array(bits === 64 ? 28 : 24),
    );
  const segment = (name: string, range: [number, number, number], sections: Uint8Array): Uint8Array => {
    const [at, size, protection] = range;
    const [head, each] = bits === 64 ? [72, 80] : [56, 68];
    const place = writer.word(base + at, size, at, size);
    const counts = writer.u32(protection, protection, sections.length / each, 0);
    const kind = bits === 64 ? 0x19 : 1;
    return concat(writer.u32(kind, head + sections.length), name16(name), place, counts, sections);
  };
  const infoName = recipe.named === false ? '__noptrdata' : '__go_buildinfo';
  const commands = [
    segment('__TEXT', [0, codeAt + 256, 5], section('__text', codeAt, 256)),
    segment('__DATA', [dataAt, data.length, 3], section(infoName, dataAt, data.length)),
    concat(writer.u32(0xb, 80, 0, 7), new Uint8Array(64)),
    concat(writer.u32(0xe, 32, 12), new Uint8Array(20)),
    writer.u32(0x32, 24, 1, 0, 0, 0),
  ];
  const all = concat(...commands);
  const wide = bits === 64;
  const cpu = (recipe.arm ? 12 : 7) + (wide ? 0x1000000 : 0);
  const header = writer.u32(wide ? 0xfeedfacf : 0xfeedface, cpu, 3, 2, commands.length, all.length, 0);
  return assemble(concat(header, wide ? new Uint8Array(4) : new Uint8Array(0), all), full, data);
}

/** A universal Mach-O file of these programs, each with its processor type. */
export function makeUniversal(slices: readonly { cpu: number; file: Uint8Array }[]): Uint8Array {
  const writer = new Writer({ bits: 32, littleEndian: false });
  writer.add(writer.u32(0xcafebabe, slices.length));
  let at = 4096;
  for (const { cpu, file } of slices) {
    writer.add(writer.u32(cpu, 0, at, file.length, 12));
    at += Math.ceil(file.length / 4096) * 4096;
  }
  for (const { file } of slices) {
    writer.align(4096);
    writer.add(file);
  }
  return writer.bytes;
}

/** A PE file. */
export function makePe(recipe: ExecutableRecipe & { machine?: number } = {}): Uint8Array {
  const full = complete(recipe, true);
  const wide = full.bits === 64;
  const writer = new Writer(full);
  const data = buildInfoBlob(full, writer, base + dataAt);
  const section = (name: string, at: number, size: number, flags: number): Uint8Array =>
    concat(encoder.encode(name.padEnd(8, '\0')), writer.u32(size, at, size, at, 0, 0, 0, flags));
  const dos = concat(encoder.encode('MZ'), new Uint8Array(58), writer.u32(64));
  const optional = new Uint8Array(wide ? 240 : 224);
  optional.set(writer.u16(wide ? 0x20b : 0x10b));
  optional.set(wide ? writer.word(base) : writer.u32(base), wide ? 24 : 28);
  optional.set(writer.u32(16, 0, 0, dataAt, 20), wide ? 108 : 92);
  const machine = recipe.machine ?? (wide ? 0x8664 : 0x14c);
  const header = concat(
    encoder.encode('PE\0\0'),
    writer.u16(machine, 2),
    writer.u32(0, 0, 5),
    writer.u16(optional.length, 0x22),
  );
  const sections = concat(
    section('.text', codeAt, 256, 0x60000020),
    section('.data', dataAt, data.length, 0xc0000040),
  );
  return assemble(concat(dos, header, optional, sections), full, data);
}

/** An XCOFF file. */
export function makeXcoff(recipe: ExecutableRecipe = {}): Uint8Array {
  const full = complete(recipe, false);
  const wide = full.bits === 64;
  const writer = new Writer(full);
  const data = buildInfoBlob(full, writer, base + dataAt);
  const section = (name: string, at: number, size: number, type: number): Uint8Array => {
    const place = concat(
      encoder.encode(name.padEnd(8, '\0')),
      writer.word(base + at, base + at, size, at, 0, 0),
    );
    return wide
      ? concat(place, writer.u32(0, 0, type, 0))
      : concat(place, writer.u16(0, 0), writer.u32(type));
  };
  const header = wide
    ? concat(writer.u16(0x1f7, 3), writer.u32(0), writer.word(0), writer.u16(0, 2), writer.u32(9))
    : concat(writer.u16(0x1df, 3), writer.u32(0, 0, 9), writer.u16(0, 2));
  const sections = concat(
    section('.text', codeAt, 256, 0x20),
    section('.data', dataAt, data.length, 0x40),
    section('.loader', dataAt, 0, 0x1000),
  );
  return assemble(concat(header, sections), full, data);
}

/** A WebAssembly module; `producers` says whether it names the release that built it. */
export function makeWasm(recipe: ExecutableRecipe & { producers?: boolean } = {}): Uint8Array {
  const full = complete(recipe, true);
  const text = (value: string): Uint8Array =>
    concat(uvarint(encoder.encode(value).length), encoder.encode(value));
  const section = (id: number, body: Uint8Array): Uint8Array =>
    concat(Uint8Array.of(id), uvarint(body.length), body);
  const producers = concat(
    ...[text('producers'), uvarint(2), text('language'), uvarint(1), text('Go'), text(full.goVersion)],
    ...[text('processed-by'), uvarint(1), text('Go cmd/compile'), text(full.goVersion)],
  );
  return concat(
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    ...(full.buildId === '' ? [] : [section(0, concat(text('go:buildid'), code(full)))]),
    section(11, concat(new Uint8Array(300), framed(full.modules), new Uint8Array(20))),
    ...(recipe.producers === false ? [] : [section(0, producers)]),
    section(0, text('name')),
  );
}
