import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GofleetError } from '@gofleet/base/errors';
import { type Entry, openPromise } from 'yauzl';

const maxBytes = 4 * 2 ** 30;
const maxEntries = 500_000;

function broken(path: string, why: string, cause?: unknown): GofleetError {
  return new GofleetError('build.bad-archive', `${path}: cannot be unpacked: ${why}`, {
    facts: { path },
    cause,
  });
}

/** The sizes are those that the archive states; yauzl ends a file that has more. */
function checkSize(path: string, entries: number, bytes: number): void {
  if (entries <= maxEntries && bytes <= maxBytes) return;
  throw broken(path, `it holds more than ${maxEntries} files or 4 GiB`);
}

/**
 * Unpacks a zip file into a directory. Names that lead out of it are refused.
 * @throws `build.bad-archive`
 */
export async function unzip(path: string, into: string): Promise<void> {
  try {
    const zip = await openPromise(path, { lazyEntries: true });
    let [entries, bytes] = [0, 0];
    for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
      entries += 1;
      bytes += entry.uncompressedSize;
      checkSize(path, entries, bytes);
      const target = join(into, entry.fileName);
      if (entry.fileName.endsWith('/')) await mkdir(target, { recursive: true });
      else {
        await mkdir(dirname(target), { recursive: true });
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
      }
    }
  } catch (thrown) {
    if (thrown instanceof GofleetError) throw thrown;
    throw broken(path, (thrown as Error).message, thrown);
  }
}
