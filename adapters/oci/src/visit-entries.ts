import { posix } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GofleetError } from '@gofleet/base/errors';
import { fileKindOf } from '@gofleet/identify/read-binary';
import { type ArchiveContent, notePath } from './archive-content.ts';
import { type ArchiveEntry, climbsOut } from './archive-entry.ts';
import { type ByteCursor, take } from './byte-cursor.ts';
import { inspectMember } from './inspect-member.ts';
import type { UnpackMeter } from './unpack.ts';

const maxTextBytes = 1 << 20;
/** Where images have their manifests and configurations; their number is small. */
const imageTexts = /^\/([^/]+\.json|blobs\/[^/]+\/[^/]+)$/;
const maxTexts = 200;
/** More than any real image has; each may take some KiB. */
const maxFinds = 20_000;
const maxEntries = 2_000_000;
const turnLength = 256;

/** Opens an archive inside another one; `undefined` when it is none, or too deep inside. */
export type OpenArchive = (
  content: ByteCursor,
  place: Place,
) => Promise<ArchiveContent | GofleetError | undefined>;

/** Where finds go, how archives inside are opened, and how deep in archives we are; 1 is the outermost. */
export interface Place {
  readonly content: ArchiveContent;
  readonly meter: UnpackMeter;
  readonly depth: number;
  readonly open: OpenArchive;
}

const isJson = (head: Uint8Array): boolean => head[0] === 0x5b || head[0] === 0x7b;

function isImageText(
  path: string,
  { head, sizeBytes }: { readonly head: Uint8Array; readonly sizeBytes: number },
  { content, depth }: Place,
): boolean {
  return (
    depth === 1 &&
    isJson(head) &&
    sizeBytes <= maxTextBytes &&
    imageTexts.test(path) &&
    content.texts.size < maxTexts
  );
}

/** Looks into one file of an archive or of a layout. */
export async function visitFile(
  path: string,
  file: { readonly content: ByteCursor; readonly sizeBytes: number },
  place: Place,
): Promise<void> {
  const { content, sizeBytes } = file;
  const head = await content.peek(512);
  if (fileKindOf(head) !== undefined) {
    const found = await inspectMember(content, sizeBytes);
    if (found) place.content.programs.set(path, found);
  } else if (isImageText(path, { head, sizeBytes }, place)) {
    place.content.texts.set(path, (await take(content, sizeBytes)).toString('utf8'));
  } else {
    const inner = await place.open(content, place);
    if (inner) place.content.archives.set(path, inner);
  }
}

function escaping(name: string): GofleetError {
  return new GofleetError(
    'oci.escaping-path',
    'a path that leads out of the archive: not read, and what unpacks it should not either',
    { facts: { name: name.slice(0, 200) } },
  );
}

/**
 * Looks at every entry of an archive.
 * @throws `oci.oversized-archive`, and what reading the entries throws
 */
export async function visitEntries(entries: AsyncIterable<ArchiveEntry>, place: Place): Promise<void> {
  let count = 0;
  for await (const { name, kind, sizeBytes, content, problem, target } of entries) {
    place.meter.signal?.throwIfAborted();
    if (++count > maxEntries || place.content.programs.size > maxFinds) {
      throw new GofleetError(
        'oci.oversized-archive',
        `an archive of more than ${maxEntries} entries or ${maxFinds} programs`,
        { hint: 'unpack it and scan the directory' },
      );
    }
    // Reads of a file answer at once; this lets an interrupt in.
    if (count % turnLength === 0) await nextTurn();
    const path = posix.normalize(`/${name}`).replace(/(?<=.)\/$/, '');
    const refusal = climbsOut(name) ? escaping(name) : problem;
    if (refusal) place.content.programs.set(climbsOut(name) ? `/${name.replace(/^\/+/, '')}` : path, refusal);
    if (kind === 'directory' || climbsOut(name)) continue;
    notePath(path, place.content);
    // Layers that are alike are links to one in archives of older engines.
    if (target && place.depth === 1)
      place.content.links.set(path, posix.resolve(posix.dirname(path), target));
    if (kind === 'file' && !refusal) await visitFile(path, { content, sizeBytes }, place);
  }
}
