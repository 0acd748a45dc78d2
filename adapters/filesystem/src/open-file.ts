import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { GofleetError } from '@gofleet/base/errors';

const codes: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['filesystem.not-found', 'no such file'],
  ENOTDIR: ['filesystem.not-found', 'no such file'],
  EACCES: ['filesystem.no-permission', 'no permission to read'],
  EPERM: ['filesystem.no-permission', 'no permission to read'],
  ELOOP: ['filesystem.not-found', 'symbolic links in a circle'],
};

/** What went wrong with a path, as our error. */
export function fileError(path: string, cause: unknown): GofleetError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const [ours, says] = codes[code] ?? ['filesystem.unreadable', message];
  return new GofleetError(ours, `${path}: ${says}`, { facts: { path, errno: code }, cause });
}

/** An open regular file. */
export interface OpenFile {
  readonly fd: number;
  readonly sizeBytes: number;
}

/**
 * What `use` makes of an open regular file, which is closed afterwards. Never waits for a pipe or device.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.not-a-file`, `filesystem.unreadable`
 */
export function withOpenFile<T>(path: string, use: (file: OpenFile) => T): T {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw fileError(path, thrown);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      const found = stat.isDirectory() ? 'a directory' : 'a device, pipe or socket';
      throw new GofleetError('filesystem.not-a-file', `${path}: expected a file, found ${found}`, {
        facts: { path },
      });
    }
    return use({ fd, sizeBytes: stat.size });
  } finally {
    closeSync(fd);
  }
}

/** Fills a buffer from an open file at an offset; returns the part that could be filled before the file ended. */
export function readInto(fd: number, buffer: Uint8Array, offset: number): Uint8Array {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(fd, buffer, done, buffer.length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return done === buffer.length ? buffer : buffer.subarray(0, done);
}
