import { GofleetError } from '@gofleet/base/errors';

/** How large the log of the checksum database is, and the hash over all of it. */
export interface TreeHead {
  /** Number of records. */
  readonly size: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

const form = /^go\.sum database tree\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n/;

/** Far above any log, far below where integers lose digits. */
const maxSize = 2 ** 50;

/**
 * A tree head from the text of a note; lines that follow are for the future.
 * @throws `resolve.malformed-tree-head`
 * @see golang.org/x/mod/sumdb/tlog ParseTree
 */
export function parseTreeHead(text: string): TreeHead {
  const [, size, hash] = form.exec(text) ?? [];
  if (size !== undefined && hash !== undefined && Number(size) <= maxSize) {
    return { size: Number(size), hash: Buffer.from(hash, 'base64') };
  }
  throw new GofleetError(
    'resolve.malformed-tree-head',
    `expected "go.sum database tree", a size and a hash, found "${text.slice(0, 80)}"`,
  );
}

/** A tree head as databases sign it. */
export function renderTreeHead({ size, hash }: TreeHead): string {
  return `go.sum database tree\n${size}\n${Buffer.from(hash).toString('base64')}\n`;
}
