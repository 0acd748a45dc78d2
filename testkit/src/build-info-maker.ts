/** Byte order and word size. */
export interface NumberOrder {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
}

/** What the linker records in a program, and how. */
export interface BuildInfoRecipe extends NumberOrder {
  /** `inline` since Go 1.18, `pointers` from 1.13 to 1.17, `none` for a program without build info. */
  readonly form: 'inline' | 'pointers' | 'none';
  readonly goVersion: string;
  /** The module text without its sentinels. */
  readonly modules: string;
}

/** What a Go linker of today records. */
export const defaultBuildInfo = {
  form: 'inline',
  goVersion: 'go1.26.8',
  modules:
    'path\texample.com/hello\nmod\texample.com/hello\tv1.0.0\th1:aaaa=\nbuild\tGOARCH=amd64\nbuild\tGOOS=linux\n',
} as const;

const encoder = new TextEncoder();
const startSentinel = Uint8Array.from('3077af0c9274080241e1c107e6d618e6'.match(/../g) ?? [], (pair) =>
  Number.parseInt(pair, 16),
);
const endSentinel = Uint8Array.from('f932433186182072008242104116d8f2'.match(/../g) ?? [], (pair) =>
  Number.parseInt(pair, 16),
);

/** A growing file in one byte order and word size. */
export class Writer {
  readonly #order: NumberOrder;
  bytes = new Uint8Array(0);

  constructor(order: NumberOrder) {
    this.#order = order;
  }

  get at(): number {
    return this.bytes.length;
  }

  add(part: Uint8Array): number {
    const start = this.at;
    const next = new Uint8Array(start + part.length);
    next.set(this.bytes);
    next.set(part, start);
    this.bytes = next;
    return start;
  }

  align(to: number): void {
    this.add(new Uint8Array((to - (this.at % to)) % to));
  }

  u16(...values: number[]): Uint8Array {
    return this.#numbers(values, 2);
  }

  u32(...values: number[]): Uint8Array {
    return this.#numbers(values, 4);
  }

  word(...values: number[]): Uint8Array {
    return this.#numbers(values, this.#order.bits / 8);
  }

  #numbers(values: readonly number[], width: number): Uint8Array {
    const bytes = new Uint8Array(values.length * width);
    const view = new DataView(bytes.buffer);
    values.forEach((value, index) => {
      const { littleEndian } = this.#order;
      if (width === 2) view.setUint16(index * width, value, littleEndian);
      else if (width === 4) view.setUint32(index * width, value, littleEndian);
      else view.setBigUint64(index * width, BigInt(value), littleEndian);
    });
    return bytes;
  }
}

/** The parts one behind the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A number in base 128, as build info and WebAssembly write it. */
export function uvarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

/** The module text between its sentinels; nothing for none. */
export function framed(modules: string): Uint8Array {
  return modules === '' ? new Uint8Array(0) : concat(startSentinel, encoder.encode(modules), endSentinel);
}

const magic = Uint8Array.from('\xff Go buildinf:', (char) => char.charCodeAt(0));

/** The build info as it lies at an address, with the strings that it points to behind it. */
export function buildInfoBlob(recipe: BuildInfoRecipe, writer: Writer, address: number): Uint8Array {
  const { form, bits, littleEndian } = recipe;
  if (form === 'none') return new Uint8Array(64);
  const version = encoder.encode(recipe.goVersion);
  const modules = framed(recipe.modules);
  const step = bits / 8;
  if (form === 'inline') {
    const head = concat(magic, Uint8Array.of(0, 2), new Uint8Array(16));
    return concat(
      head,
      uvarint(version.length),
      version,
      uvarint(modules.length),
      modules,
      new Uint8Array(16),
    );
  }
  const strings = address + 32 + 4 * step;
  const pointers = writer.word(address + 32, address + 32 + 2 * step);
  const headers = writer.word(strings, version.length, strings + version.length, modules.length);
  const head = concat(
    magic,
    Uint8Array.of(step, littleEndian ? 0 : 1),
    pointers,
    new Uint8Array(16 - 2 * step),
  );
  return concat(head, headers, version, modules);
}
