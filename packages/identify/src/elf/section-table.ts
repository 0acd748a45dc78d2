import type { NumberView } from '../number-view.ts';
import type { ElfSection } from './layout.ts';

/** What is read of a name; no compiler writes longer ones. */
const maxNameBytes = 128;
const latin1 = new TextDecoder('latin1');

/** The section headers of a file. Sections are found by their names where they lie: most of them nobody asks for. */
export class SectionTable {
  readonly count: number;
  readonly #headers: NumberView;
  readonly #entrySize: number;
  readonly #names: Uint8Array;

  constructor(headers: NumberView, entrySize: number, names: Uint8Array) {
    this.#headers = headers;
    this.#entrySize = entrySize;
    this.#names = names;
    this.count = Math.floor(headers.length / entrySize);
  }

  /** The first section of a name (of Latin letters); `undefined` when there is none. */
  find(name: string): ElfSection | undefined {
    for (let at = 0; at + this.#entrySize <= this.#headers.length; at += this.#entrySize) {
      if (this.#isNamed(this.#headers.u32(at), name)) return parseSection(this.#headers, at);
    }
    return undefined;
  }

  /** All sections, in the order of their headers. */
  list(): (ElfSection & { readonly name: string })[] {
    return Array.from({ length: this.count }, (_, index) => {
      const at = index * this.#entrySize;
      const start = this.#headers.u32(at);
      const name = latin1.decode(this.#names.subarray(start, start + maxNameBytes));
      return { name: name.replace(/\0.*$/s, ''), ...parseSection(this.#headers, at) };
    });
  }

  #isNamed(start: number, name: string): boolean {
    const names = this.#names;
    // From its end: names begin alike, and many of them end alike in one place only.
    if (names[start + name.length] !== 0) return false;
    for (let i = name.length - 1; i >= 0; i--) {
      if (names[start + i] !== name.charCodeAt(i)) return false;
    }
    return true;
  }
}

/** A section header; its name is not looked at. */
export function parseSection(view: NumberView, at: number): ElfSection {
  const step = view.bits === 32 ? 4 : 8;
  const first = at + 8 + step;
  return {
    type: view.u32(at + 4),
    address: view.word(first),
    offset: view.word(first + step),
    size: view.word(first + 2 * step),
  };
}
