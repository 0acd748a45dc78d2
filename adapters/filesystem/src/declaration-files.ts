import { readdirSync, type Stats, statSync } from 'node:fs';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { DeclarationFiles } from '@gofleet/declare/ports';
import { readInto, withOpenFile } from './open-file.ts';

/** The largest go.mod that Go takes from a module; nothing that declares a version is larger. */
const limitBytes = 16 << 20;

/** As for Go, a file whose directory may not be searched is not there. */
function tryStat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function unreadable(path: string, says: string, cause?: unknown): GofleetError {
  const hint = 'give yourself the right to read it, or remove it';
  return new GofleetError('declare.unreadable', `${path}: ${says}`, { facts: { path }, hint, cause });
}

function readText(path: string): string {
  return withOpenFile(path, ({ fd, sizeBytes }) => {
    if (sizeBytes > limitBytes) throw unreadable(path, `larger than ${limitBytes} bytes`);
    const buffer = Buffer.allocUnsafe(sizeBytes);
    return buffer.toString('utf8', 0, readInto(fd, buffer, 0).length);
  });
}

/**
 * The text of a file that is likely to be there; `undefined` when it is not, or is a directory.
 * @throws `declare.unreadable`
 */
export function readListed(path: string): string | undefined {
  try {
    return readText(path);
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code === 'declare.unreadable') throw thrown;
    const stat = tryStat(path);
    if (!stat || stat.isDirectory()) return undefined;
    throw unreadable(path, thrown.message.replace(`${path}: `, ''), thrown);
  }
}

/** Most files that are asked for are not there: a look is cheaper than an error. */
function read(path: string): string | undefined {
  const stat = tryStat(path);
  return !stat || stat.isDirectory() ? undefined : readListed(path);
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** The files of this machine. */
export const declarationFiles: DeclarationFiles = { read, list };
