import { hash } from 'node:crypto';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import type { ToolchainFile } from '@gofleet/resolve/toolchain/file-list';
import { extract } from 'tar-stream';

/** A tar, packed with gzip or not, to unpack. */
export interface TarToUnpack {
  readonly tar: string;
  readonly gzip: boolean;
  /** An empty folder. */
  readonly dir: string;
  /** What every name begins with, and which is left away: `go/`, or nothing. */
  readonly prefix: string;
  /** For one file. */
  readonly maxFileBytes: number;
  readonly signal?: AbortSignal;
}

const maxFiles = 100_000;
const maxTotalBytes = 2 ** 32;

function refuse(tar: string, why: string, cause?: unknown): GofleetError {
  return new GofleetError('filesystem.corrupt-archive', `${tar}: ${why}`, {
    facts: { path: tar },
    ...(cause === undefined ? {} : { cause }),
  });
}

function pathOf(name: string, { tar, prefix }: TarToUnpack): string {
  const path = name.slice(prefix.length);
  const escapes = path.split('/').some((part) => part === '' || part === '.' || part === '..');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names may not have them
  if (!name.startsWith(prefix) || escapes || /[\\\x00-\x1f]/.test(path))
    throw refuse(tar, `a file is named ${JSON.stringify(name)}`);
  return path;
}

function write(path: string, content: Buffer): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { flag: 'wx', mode: 0o444 });
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/**
 * Unpacks a tar into a folder; returns its files with the sha256 of each. Files are read-only and not executable; links, devices
 * and names that lead out are refused.
 * @throws `filesystem.corrupt-archive`, `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`
 */
export async function unpackTar(unpack: TarToUnpack): Promise<ToolchainFile[]> {
  const { tar, gzip, dir, maxFileBytes, signal } = unpack;
  const reader = extract();
  const source = createReadStream(tar, { highWaterMark: 1 << 20 });
  const options = signal === undefined ? {} : { signal };
  const fed = gzip ? pipeline(source, createGunzip(), reader, options) : pipeline(source, reader, options);
  // Its failure ends the loop below, which reports it.
  fed.catch(() => undefined);
  const files: ToolchainFile[] = [];
  let total = 0;
  try {
    for await (const entry of reader) {
      const { name, type, size = 0 } = entry.header;
      if (type !== 'directory') {
        if (type !== 'file') throw refuse(tar, `${name} is a ${type}`);
        total += size;
        if (size > maxFileBytes || total > maxTotalBytes || files.length >= maxFiles)
          throw refuse(tar, `${name} is too large`);
        const path = pathOf(name, unpack);
        const chunks: Buffer[] = [];
        for await (const chunk of entry) chunks.push(chunk as Buffer);
        const content = Buffer.concat(chunks);
        write(join(dir, path), content);
        files.push({ path, sha256: hash('sha256', content, 'hex') });
      } else entry.resume();
    }
    await fed;
    return files;
  } catch (thrown) {
    source.destroy();
    if (isGofleetError(thrown) || signal?.aborted) throw thrown;
    throw refuse(tar, (thrown as Error).message, thrown);
  }
}
