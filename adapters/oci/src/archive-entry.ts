import { GofleetError } from '@gofleet/base/errors';
import type { ByteCursor } from './byte-cursor.ts';

/** Something in an archive. Its content is gone when the next one is asked for. */
export interface ArchiveEntry {
  /** As the archive writes it. */
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
  readonly sizeBytes: number;
  readonly content: ByteCursor;
  /** What a symbolic link names. */
  readonly target?: string;
  /** An earlier file of the archive that this one is, by another name. */
  readonly twin?: string;
  /** Why there is no content. */
  readonly problem?: GofleetError;
}

/** Whether a name leads out of the directory that an archive would be unpacked to. */
export function climbsOut(name: string): boolean {
  let depth = 0;
  for (const part of name.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** The archive's end came too early. */
export function cutOff(what: string): GofleetError {
  return new GofleetError('oci.broken-archive', `${what}: ends in the middle`);
}
