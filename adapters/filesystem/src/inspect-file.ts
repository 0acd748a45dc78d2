import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { ExecutableReader } from '@gofleet/build/ports';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { driveSync, readBinary } from '@gofleet/identify/read-binary';
import { fileError, readRange, withOpenFile } from './open-file.ts';

/** The reader's error, with the file that it was about. */
function withPath(path: string, error: GofleetError): GofleetError {
  const { code, message, facts, retry, hint } = error;
  return new GofleetError(code, `${path}: ${message}`, {
    facts: { path, ...facts },
    retry,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/**
 * What a Go executable says of itself; a few KiB are read, in one go. `/proc/<pid>/exe` works as well.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.not-a-file`, `filesystem.unreadable`, and what
 * `readBinary` throws
 */
export function inspectFileSync(path: string): BinaryFacts {
  return withOpenFile(path, ({ fd, sizeBytes }) => {
    try {
      return driveSync(readBinary(), ({ offset, length }) =>
        readRange(fd, offset, Math.max(0, Math.min(length, sizeBytes - offset))),
      );
    } catch (thrown) {
      throw isGofleetError(thrown) ? withPath(path, thrown) : fileError(path, thrown);
    }
  });
}

/** {@link inspectFileSync} as a promise. */
export async function inspectFile(path: string, signal?: AbortSignal): Promise<BinaryFacts> {
  signal?.throwIfAborted();
  return inspectFileSync(path);
}

const chunkSize = 1 << 20;

/**
 * sha256 (64 hexadecimal digits) and size of a file's content.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.unreadable`
 */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; sizeBytes: number }> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await using _closed = file;
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(chunkSize);
    let sizeBytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, chunkSize, sizeBytes);
      if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes };
      hash.update(bytesRead === chunkSize ? buffer : buffer.subarray(0, bytesRead));
      sizeBytes += bytesRead;
    }
  } catch (thrown) {
    throw signal?.aborted ? thrown : fileError(path, thrown);
  }
}

/** The port of the build chapter, on files of this machine. */
export const executableFiles: ExecutableReader = { inspect: inspectFile, hash: hashFile };
