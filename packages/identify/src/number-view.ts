/** Byte order and word size of an executable. */
export interface NumberOrder {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
}

/** Numbers of an executable in its own byte order and word size. */
export class NumberView {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, order: NumberOrder) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bits = order.bits;
    this.littleEndian = order.littleEndian;
  }

  /** How many bytes there are. */
  get length(): number {
    return this.#view.byteLength;
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    return this.#view.getUint16(at, this.littleEndian);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.littleEndian);
  }

  /** An address, offset or size; values beyond 2^53 come back as `Infinity`, which lies outside of every file. */
  word(at: number): number {
    if (this.bits === 32) return this.u32(at);
    const [low, high] = this.littleEndian ? [at, at + 4] : [at + 4, at];
    const value = this.u32(high) * 2 ** 32 + this.u32(low);
    return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY;
  }
}
