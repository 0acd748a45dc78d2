import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { driveSync, fileKindOf, readBinary } from '@gofleet/identify/read-binary';
import { extract } from 'tar-stream';
import { type Budget, type Bytes, inflate, leavable, packingOf, peek } from './byte-stream.ts';
import { debData, isDeb } from './deb-data.ts';

/** What is of interest in a tar: programs, small JSON texts, tars inside it, and every path with what it takes away below. */
export interface TarContent {
  /** Facts of the programs by absolute path, or why one that looks like a Go program cannot be read. */
  readonly programs: Map<string, BinaryFacts | GofleetError>;
  readonly texts: Map<string, string>;
  readonly tars: Map<string, TarContent | GofleetError>;
  readonly paths: Set<string>;
  /** Paths of lower layers that are deleted. */
  readonly whiteouts: string[];
  /** Directories of which nothing of lower layers is left. */
  readonly opaques: string[];
  /** Why the tar could not be read to its end; what came before is there. */
  brokenBy?: GofleetError;
}

/** A program is held in memory while it is looked at; a larger one is named as a problem. */
const maxProgramBytes = 128 << 20;
const maxTextBytes = 1 << 20;
const maxEntries = 2_000_000;
const headBytes = 512;
const maxDepth = 2;

const notNews = new Set(['identify.not-executable', 'identify.not-go']);

async function collect(source: Bytes, sizeBytes: number): Promise<Buffer> {
  const all = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for await (const chunk of source) {
    all.set(chunk.subarray(0, sizeBytes - at), at);
    at = Math.min(sizeBytes, at + chunk.length);
  }
  return all.subarray(0, at);
}

async function inspect(source: Bytes, sizeBytes: number): Promise<BinaryFacts | GofleetError | undefined> {
  if (sizeBytes > maxProgramBytes) {
    return new GofleetError(
      'oci.oversized-program',
      `an executable of ${sizeBytes} bytes, at most ${maxProgramBytes} are read inside an archive`,
      { hint: 'unpack it and scan the file' },
    );
  }
  const bytes = await collect(source, sizeBytes);
  try {
    return driveSync(readBinary(), ({ offset, length }) => bytes.subarray(offset, offset + length));
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    return notNews.has(thrown.code) ? undefined : thrown;
  }
}

/** Where finds go, what may still be unpacked, and how deep in archives we are; 1 is the outermost. */
export interface Place {
  readonly content: TarContent;
  readonly budget: Budget;
  readonly depth: number;
}

/** Looks into one file of a tar or of a layout. */
export async function visitFile(
  path: string,
  file: { source: Bytes; sizeBytes: number },
  place: Place,
): Promise<void> {
  const { content, budget, depth } = place;
  const { head, all } = await peek(file.source, headBytes);
  const packing = packingOf(head);
  if (fileKindOf(head) !== undefined) {
    const found = await inspect(all, file.sizeBytes);
    if (found) content.programs.set(path, found);
  } else if (depth < maxDepth && (packing === 'tar' || (packing !== 'other' && depth === 1))) {
    const inner = await readPacked(all, budget, depth + 1);
    if (inner) content.tars.set(path, inner);
  } else if ([0x5b, 0x7b].includes(head[0] ?? 0) && file.sizeBytes <= maxTextBytes && depth === 1) {
    content.texts.set(path, (await collect(all, file.sizeBytes)).toString('utf8'));
  }
}

/** Notes a path, or what it deletes in lower layers. @see OCI image specification, layer.md "Whiteouts" */
function notePath(path: string, { paths, whiteouts, opaques }: TarContent): void {
  const [name, directory] = [posix.basename(path), posix.dirname(path)];
  if (name === '.wh..wh..opq') opaques.push(directory);
  else if (name.startsWith('.wh.')) whiteouts.push(posix.join(directory, name.slice(4)));
  else paths.add(path);
}

function broken(cause: unknown): GofleetError {
  if (isGofleetError(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new GofleetError('oci.broken-archive', `an archive that cannot be read to its end: ${message}`, {
    cause,
  });
}

async function visitEntries(source: Bytes, place: Place): Promise<void> {
  const tar = extract();
  const input = Readable.from(source);
  input.on('error', (error) => tar.destroy(error));
  input.pipe(tar);
  let count = 0;
  try {
    for await (const entry of tar) {
      // Nothing is written anywhere, so a path that climbs out of the archive is merely a strange name.
      const path = posix.normalize(`/${entry.header.name}`).replace(/(?<=.)\/$/, '');
      if (++count > maxEntries)
        throw new GofleetError('oci.oversized-archive', `more than ${maxEntries} entries`);
      if (entry.header.type !== 'directory') notePath(path, place.content);
      if (entry.header.type === 'file' || entry.header.type === 'contiguous-file') {
        const { source: bytes, drain } = leavable(entry as Bytes);
        await visitFile(path, { source: bytes, sizeBytes: entry.header.size ?? 0 }, place);
        await drain();
      } else entry.resume();
    }
  } finally {
    input.destroy();
  }
}

/** The content of a tar before anything of it is read. */
export function emptyContent(): TarContent {
  const maps = { programs: new Map(), texts: new Map(), tars: new Map() };
  return { ...maps, paths: new Set(), whiteouts: [], opaques: [] };
}

/** The content of a tar, compressed or not; `undefined` when it is none, an error when nothing of it can be read. Never throws. */
export async function readPacked(
  source: Bytes,
  budget: Budget,
  depth = 1,
): Promise<TarContent | GofleetError | undefined> {
  const content = emptyContent();
  try {
    const outer = await peek(source, headBytes);
    const { head, all } = isDeb(outer.head) ? await peek(debData(outer.all), headBytes) : outer;
    const inner = await peek(inflate(all, packingOf(head), budget), headBytes);
    if (packingOf(inner.head) !== 'tar') return undefined;
    await visitEntries(inner.all, { content, budget, depth });
    return content;
  } catch (thrown) {
    if (content.paths.size === 0) return broken(thrown);
    content.brokenBy = broken(thrown);
    return content;
  }
}
