import { hash } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inflateRaw, inflateRawSync } from 'node:zlib';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import type { ToolchainFile } from '@gofleet/resolve/toolchain/file-list';
import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl';

/** A zip to unpack. */
export interface ZipToUnpack {
  readonly zip: string;
  /** An empty folder; without one the files are hashed only. */
  readonly dir?: string;
  /** What every name in the zip begins with, and which is left away: `golang.org/toolchain@…/`. */
  readonly prefix: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

const maxEntries = 100_000;
const maxEntryBytes = 128 << 20;
const maxTotalBytes = 2 ** 31;
/** Below this, handing the work to another thread takes longer than doing it. */
const smallBytes = 64 << 10;
const inFlight = 4;
const localHeaderBytes = 30;
const [stored, deflated] = [0, 8];

function refuse(zip: string, why: string, cause?: unknown): GofleetError {
  return new GofleetError('filesystem.corrupt-archive', `${zip}: ${why}`, {
    facts: { path: zip },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Reads synchronously: a directory of ten thousand entries is read in as many small pieces. */
class SyncReader extends RandomAccessReader {
  readonly #fd: number;
  constructor(fd: number) {
    super();
    this.#fd = fd;
  }
  override _readStreamForRange(start: number, end: number): Readable {
    const bytes = Buffer.alloc(end - start);
    readSync(this.#fd, bytes, 0, bytes.length, start);
    return Readable.from([bytes]);
  }
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    const count = readSync(this.#fd, buffer, offset, length, position);
    process.nextTick(done, count === length ? null : new Error('unexpected end of file'));
  }
}

/** The entries of a zip's directory; yauzl refuses absolute paths, `..` and backslashes in names. */
async function listEntries(fd: number, zip: string): Promise<Entry[]> {
  const { size } = fstatSync(fd);
  const open = promisify<RandomAccessReader, number, object, ZipFile>(fromRandomAccessReader);
  const file = await open(new SyncReader(fd), size, {
    lazyEntries: true,
    autoClose: false,
    strictFileNames: true,
  });
  if (file.entryCount > maxEntries) throw refuse(zip, `more than ${maxEntries} files`);
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    file.on('entry', (entry: Entry) => {
      entries.push(entry);
      file.readEntry();
    });
    file.once('end', () => resolve(entries));
    file.once('error', reject);
    file.readEntry();
  });
}

const isSymbolicLink = ({ externalFileAttributes }: Entry): boolean =>
  ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;

/** The path of an entry below the folder; `undefined` for a directory. */
function pathOf(entry: Entry, { zip, prefix }: ZipToUnpack): string | undefined {
  const name = entry.fileName;
  if (name.endsWith('/')) return undefined;
  const path = name.slice(prefix.length);
  const parts = path.split('/');
  const escapes = parts.some((part) => part === '' || part === '.' || part === '..');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names may not have them
  if (!name.startsWith(prefix) || escapes || /[\\\x00-\x1f]/.test(path))
    throw refuse(zip, `a file is named ${JSON.stringify(name)}`);
  if (isSymbolicLink(entry)) throw refuse(zip, `${name} is a symbolic link`);
  if (entry.uncompressedSize > maxEntryBytes)
    throw refuse(zip, `${name} is longer than ${maxEntryBytes} bytes`);
  return path;
}

interface Member {
  readonly path: string;
  readonly entry: Entry;
}

function membersOf(entries: readonly Entry[], unpack: ZipToUnpack): Member[] {
  const members = entries.flatMap((entry) => {
    const path = pathOf(entry, unpack);
    return path === undefined ? [] : [{ path, entry }];
  });
  const totalBytes = members.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  if (totalBytes > maxTotalBytes) throw refuse(unpack.zip, `more than ${maxTotalBytes} bytes when unpacked`);
  return members;
}

/** Where a file's bytes begin; its own header must say the same as the directory, since other programs may go by that one. */
function dataStart(fd: number, entry: Entry): number {
  const { relativeOffsetOfLocalHeader: at, fileNameRaw: name } = entry;
  const header = Buffer.alloc(localHeaderBytes + name.length);
  readSync(fd, header, 0, header.length, at);
  const sameName = header.readUInt16LE(26) === name.length && header.subarray(localHeaderBytes).equals(name);
  const sameMethod = header.readUInt16LE(8) === entry.compressionMethod;
  if (header.readUInt32LE(0) !== 0x04034b50 || !sameName || !sameMethod)
    throw new Error('its two headers differ');
  return at + header.length + header.readUInt16LE(28);
}

function compressedBytes(fd: number, entry: Entry): Buffer {
  const { compressedSize } = entry;
  const bytes = Buffer.allocUnsafe(compressedSize);
  if (readSync(fd, bytes, 0, compressedSize, dataStart(fd, entry)) !== compressedSize)
    throw new Error('unexpected end of file');
  return bytes;
}

async function contentOf(fd: number, entry: Entry): Promise<Buffer> {
  const bytes = compressedBytes(fd, entry);
  const { compressionMethod: method, uncompressedSize: size } = entry;
  if (method !== stored && method !== deflated) throw new Error(`compression method ${method}`);
  const limit = { maxOutputLength: Math.max(1, size) };
  const inflate = size < smallBytes ? inflateRawSync : promisify<Buffer, object, Buffer>(inflateRaw);
  const content = method === stored ? bytes : await inflate(bytes, limit);
  if (content.length !== size) throw new Error(`${content.length} bytes instead of ${size}`);
  return content;
}

function write(path: string, content: Buffer, zip: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { flag: 'wx', mode: 0o444 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw refuse(zip, `${path} is in there twice`, cause);
    throw writeError(path, cause);
  }
}

/** Unpacks the members one after another; several of these run side by side and take from the same queue. */
async function drain(
  queue: Iterator<Member>,
  {
    fd,
    unpack,
    onFile,
  }: { fd: number; unpack: ZipToUnpack; onFile: (file: ToolchainFile, sizeBytes: number) => void },
): Promise<void> {
  for (let next = queue.next(), count = 1; !next.done; next = queue.next(), count++) {
    const { path, entry } = next.value;
    unpack.signal?.throwIfAborted();
    const content = await contentOf(fd, entry).catch((cause: unknown) => {
      throw refuse(unpack.zip, `${path}: ${(cause as Error).message}`, cause);
    });
    if (unpack.dir !== undefined) write(join(unpack.dir, path), content, unpack.zip);
    onFile({ path, sha256: hash('sha256', content, 'hex') }, content.length);
    // Let signals and progress through.
    if (count % 50 === 0) await setImmediate();
  }
}

/**
 * Unpacks a zip, into a folder or only to hash it; returns its files with the sha256 of each. Files are read-only and not executable.
 * @throws `filesystem.corrupt-archive`, `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`
 */
export async function unpackZip(unpack: ZipToUnpack): Promise<ToolchainFile[]> {
  const fd = openSync(unpack.zip, 'r');
  try {
    const members = membersOf(await listEntries(fd, unpack.zip), unpack);
    const totalBytes = members.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    const files: ToolchainFile[] = [];
    let doneBytes = 0;
    const onFile = (file: ToolchainFile, sizeBytes: number): void => {
      files.push(file);
      doneBytes += sizeBytes;
      unpack.onProgress?.({ doneBytes, totalBytes });
    };
    const queue = members.values();
    // All of them end before the file is closed, even when one fails.
    const ends = await Promise.allSettled(
      Array.from({ length: inFlight }, () => drain(queue, { fd, unpack, onFile })),
    );
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return files;
  } catch (thrown) {
    if (isGofleetError(thrown) || unpack.signal?.aborted) throw thrown;
    throw refuse(unpack.zip, (thrown as Error).message, thrown);
  } finally {
    closeSync(fd);
  }
}
