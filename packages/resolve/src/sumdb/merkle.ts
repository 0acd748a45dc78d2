import { createHash } from 'node:crypto';

/** A node of the log's tree: the hash over the records `index * 2^level` up to `(index + 1) * 2^level`. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** Hash of a record. @see RFC 6962 section 2.1 */
export function hashRecord(record: string): Uint8Array {
  return createHash('sha256').update('\0').update(record).digest();
}

/** Hash of a node from those of its two children. @see RFC 6962 section 2.1 */
export function hashChildren(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update('\x01').update(left).update(right).digest();
}

/** Hash over a power of two of neighbouring nodes. */
export function hashComplete(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, i) =>
      hashChildren(row[2 * i] as Uint8Array, row[2 * i + 1] as Uint8Array),
    );
  }
  return row[0] as Uint8Array;
}

/** The largest complete nodes that a tree of `size` records consists of, left to right. */
export function completeNodes(size: number): TreeNode[] {
  const nodes: TreeNode[] = [];
  let start = 0;
  for (let level = Math.floor(Math.log2(Math.max(1, size))) + 1; level >= 0; level--) {
    const width = 2 ** level;
    if (size - start < width) continue;
    nodes.push({ level, index: start / width });
    start += width;
  }
  return nodes;
}

/** Hash of the tree that consists of these complete nodes; of no record, that of nothing. */
export function hashTree(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) return createHash('sha256').digest();
  return hashes.slice(0, -1).reduceRight((right, left) => hashChildren(left, right), last);
}
