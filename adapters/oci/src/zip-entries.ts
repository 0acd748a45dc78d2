import { GofleetError } from '@gofleet/base/errors';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import type { ArchiveEntry } from './archive-entry.ts';
import { StreamCursor } from './byte-cursor.ts';
import { metered, type UnpackMeter } from './unpack.ts';

const [stored, deflated] = [0, 8];

function problemOf(entry: Entry): GofleetError | undefined {
  const { compressionMethod: method } = entry;
  const isEncrypted = entry.isEncrypted();
  if (!isEncrypted && (method === stored || method === deflated)) return undefined;
  const why = isEncrypted ? 'encrypted' : `compressed with method ${method}`;
  return new GofleetError('oci.unknown-compression', `zip: a file that is ${why}, which is not read`, {
    facts: { method },
  });
}

function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}

async function* readEntry(zip: ZipFile, entry: Entry, meter: UnpackMeter): AsyncGenerator<ArchiveEntry> {
  const name = nameOf(entry);
  const file = { name, sizeBytes: entry.uncompressedSize };
  const problem = problemOf(entry);
  if (name.endsWith('/') || problem) {
    const content = new StreamCursor((async function* () {})());
    yield { ...file, kind: name.endsWith('/') ? 'directory' : 'file', content, ...(problem && { problem }) };
    return;
  }
  const stream = await zip.openReadStreamPromise(entry);
  yield { ...file, kind: 'file', content: new StreamCursor(metered(stream, meter)) };
  stream.destroy();
}

/**
 * The files of a zip archive (Python wheels and jars are such), in the order of its directory.
 * @throws what yauzl does of damaged archives; from the content `oci.oversized-archive`
 */
export async function* zipEntries(path: string, meter: UnpackMeter): AsyncGenerator<ArchiveEntry> {
  // Names are decoded here: the library ends with the first one that leads out of the archive.
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false });
  try {
    // Entries may share their bytes, so what goes in is counted once.
    meter.countPacked(zip.fileSize);
    for await (const entry of zip.eachEntry()) yield* readEntry(zip, entry, meter);
  } finally {
    zip.close();
  }
}
