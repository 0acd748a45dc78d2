import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { renderBytes } from '@gofleet/base/units';
import type { ExecutableReader } from '@gofleet/build/ports';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { type ReadOptions, readBinary } from '@gofleet/identify/read-binary';
import { fileError, readInto, withOpenFile } from './open-file.ts';

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

/** Serves every file in turn: facts hold no bytes, and allocating them anew took a third of the time. */
const scratch = new Uint8Array(64 << 10);

/** Gives out pieces of the scratch buffer, and new ones when it is used up. */
function createAllocator(): (length: number) => Uint8Array {
  let used = 0;
  return (length) => {
    if (used + length > scratch.length) return new Uint8Array(length);
    used += length;
    return new Uint8Array(scratch.buffer, used - length, length);
  };
}

/**
 * What a Go executable says of itself; a few KiB are read, in one go. `/proc/<pid>/exe` works as well.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.not-a-file`, `filesystem.unreadable`, and what
 * `readBinary` throws
 */
export function inspectFileSync(path: string, options: ReadOptions = {}): BinaryFacts {
  return withOpenFile(path, ({ fd, sizeBytes }) => {
    try {
      const allocate = createAllocator();
      const readAt = (offset: number, length: number): Uint8Array =>
        readInto(fd, allocate(Math.max(0, Math.min(length, sizeBytes - offset))), offset);
      return readBinary(readAt, options);
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

/** How a file is hashed. */
export interface HashOptions {
  readonly signal?: AbortSignal | undefined;
  /** A larger file is refused, before it is read when it says so; without it every file is read to its end. */
  readonly maxBytes?: number;
}

function requireSize(sizeBytes: number, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  throw new GofleetError(
    'filesystem.too-large',
    `${renderBytes(sizeBytes)}, and files of more than ${renderBytes(maxBytes)} are not read`,
    { facts: { sizeBytes, maxBytes } },
  );
}

/** Hashes one chunk while the next one is being read. */
async function hashOpenFile(
  file: FileHandle,
  { signal, maxBytes = Number.POSITIVE_INFINITY }: HashOptions,
): Promise<HashedFile> {
  requireSize((await file.stat()).size, maxBytes);
  const hash = createHash('sha256');
  let [current, next] = [Buffer.allocUnsafe(chunkSize), Buffer.allocUnsafe(chunkSize)];
  let sizeBytes = 0;
  let reading = file.read(current, 0, chunkSize, 0);
  for (;;) {
    const { bytesRead } = await reading;
    signal?.throwIfAborted();
    if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes };
    sizeBytes += bytesRead;
    requireSize(sizeBytes, maxBytes);
    reading = file.read(next, 0, chunkSize, sizeBytes);
    hash.update(bytesRead === chunkSize ? current : current.subarray(0, bytesRead));
    [current, next] = [next, current];
  }
}

/** What is known of a file's content. */
export interface HashedFile {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * sha256 and size of a file's content.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.unreadable`, `filesystem.too-large`
 */
export async function hashFile(path: string, options: HashOptions = {}): Promise<HashedFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await hashOpenFile(file, options);
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    throw isGofleetError(thrown) ? withPath(path, thrown) : fileError(path, thrown);
  } finally {
    await file?.close();
  }
}

/** The port of the build chapter, on files of this machine. */
export const executableFiles: ExecutableReader = { inspect: inspectFile, hash: hashFile };
