import { createHash } from 'node:crypto';
import { GofleetError } from '@gofleet/base/errors';

/** A file of a module zip, by its whole name in there and the sha256 of its content in hexadecimal. */
export interface HashedFile {
  readonly name: string;
  readonly sha256: string;
}

/**
 * The `h1:` of a set of files: what go.sum and the checksum database hold.
 * @throws `resolve.malformed-name` for a name with a line break
 * @see golang.org/x/mod/sumdb/dirhash Hash1
 */
export function hashFiles(files: readonly HashedFile[]): string {
  const total = createHash('sha256');
  // Go sorts by bytes; JavaScript by UTF-16 units, which differs beyond the basic plane.
  const sorted = files
    .map(({ name, sha256 }) => ({ key: Buffer.from(name), name, sha256 }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  for (const { name, sha256 } of sorted) {
    if (name.includes('\n')) {
      throw new GofleetError(
        'resolve.malformed-name',
        `a file name has a line break: ${JSON.stringify(name)}`,
      );
    }
    total.update(`${sha256}  ${name}\n`);
  }
  return `h1:${total.digest('base64')}`;
}
