import { GofleetError } from '@gofleet/base/errors';

/** An action and what it made. */
export interface BundleEntry {
  /** 64 hexadecimal digits each. */
  readonly actionId: string;
  readonly outputId: string;
  readonly sizeBytes: number;
}

/** Objects that one build made one after the other, in one piece. */
export interface Bundle {
  readonly entries: readonly BundleEntry[];
  /** The outputs, each once, in the order in which entries name them first; compressed by the caller. */
  readonly packed: Uint8Array;
}

/** No bundle unpacks to more. */
export const maxBundleBytes = 256 << 20;

const magic = Buffer.from('gofleet bundle 1');
const headBytes = magic.length + 4;
const entryBytes = 32 + 32 + 4;

function malformed(why: string): GofleetError {
  return new GofleetError('build.malformed-bundle', `a bundle of a build cache: ${why}`, { retry: 'never' });
}

/** The outputs of a bundle in the order of their bytes. */
export function outputsOf(entries: readonly BundleEntry[]): BundleEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ outputId }) => !seen.has(outputId) && seen.add(outputId));
}

/** How long the outputs of a bundle are together. */
export function unpackedBytesOf(entries: readonly BundleEntry[]): number {
  return outputsOf(entries).reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

/** A bundle as bytes: a head, a table of entries, the packed outputs. */
export function renderBundle({ entries, packed }: Bundle): Uint8Array {
  const table = Buffer.alloc(headBytes + entries.length * entryBytes);
  magic.copy(table);
  table.writeUInt32LE(entries.length, magic.length);
  for (const [index, { actionId, outputId, sizeBytes }] of entries.entries()) {
    const at = headBytes + index * entryBytes;
    table.write(actionId + outputId, at, 'hex');
    table.writeUInt32LE(sizeBytes, at + 64);
  }
  return Buffer.concat([table, packed]);
}

function requireConsistent(entries: readonly BundleEntry[]): void {
  const sizes = new Map<string, number>();
  for (const { outputId, sizeBytes } of entries) {
    if ((sizes.get(outputId) ?? sizeBytes) !== sizeBytes) throw malformed('one output has two sizes');
    sizes.set(outputId, sizeBytes);
  }
  const total = unpackedBytesOf(entries);
  if (total > maxBundleBytes)
    throw malformed(`expected at most ${maxBundleBytes} bytes in it, found ${total}`);
}

/**
 * A bundle from its bytes; the packed outputs are a view of them.
 * @throws `build.malformed-bundle`
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < headBytes || !buffer.subarray(0, magic.length).equals(magic)) {
    throw malformed('expected its head');
  }
  const count = buffer.readUInt32LE(magic.length);
  const end = headBytes + count * entryBytes;
  if (end > buffer.length) throw malformed(`expected ${count} entries, found ${buffer.length} bytes`);
  const entries = Array.from({ length: count }, (_, index): BundleEntry => {
    const at = headBytes + index * entryBytes;
    return {
      actionId: buffer.toString('hex', at, at + 32),
      outputId: buffer.toString('hex', at + 32, at + 64),
      sizeBytes: buffer.readUInt32LE(at + 64),
    };
  });
  requireConsistent(entries);
  return { entries, packed: buffer.subarray(end) };
}
