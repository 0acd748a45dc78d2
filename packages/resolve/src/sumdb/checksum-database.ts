import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { escapeModulePath, escapeModuleVersion } from '../goproxy-path.ts';
import { type Lookup, parseLookup, sumsOf } from './lookup.ts';
import { openNote } from './note.ts';
import type { SumdbMemory, SumdbRemote } from './ports.ts';
import { fullTile, type Tile, tilePath } from './tile.ts';
import { parseTreeHead, type TreeHead } from './tree-head.ts';
import { type TileSource, VerifiedTree } from './verified-tree.ts';
import type { VerifierKey } from './verifier-key.ts';

/** A checksum database, whom it is known by, how it is reached and what is remembered of it. */
export interface ChecksumDatabase {
  readonly key: VerifierKey;
  readonly remote: SumdbRemote;
  readonly memory: SumdbMemory;
  readonly signal?: AbortSignal;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function isNotFound(thrown: unknown): boolean {
  return isGofleetError(thrown) && thrown.code === 'resolve.proxy-not-found';
}

/** Tiles from what is remembered, else from the database, which may have dropped a part-filled tile for the full one. */
function tileSource({ remote, memory, signal }: ChecksumDatabase): TileSource {
  const fetchTile = async (tile: Tile): Promise<Uint8Array> => {
    try {
      return await remote.read(tilePath(tile), signal);
    } catch (thrown) {
      if (!isNotFound(thrown) || tile.width === fullTile(tile).width) throw thrown;
      return remote.read(tilePath(fullTile(tile)), signal);
    }
  };
  return {
    read: async (tile) =>
      (await memory.readCache(tilePath(tile))) ??
      (await memory.readCache(tilePath(fullTile(tile)))) ??
      fetchTile(tile),
    keep: (tile, bytes) => memory.writeCache(tilePath(tile), bytes),
  };
}

function headOf(note: string, key: VerifierKey): TreeHead {
  return parseTreeHead(openNote(note, key));
}

/** The newer of the remembered tree and one that was just signed, after proving that one is the beginning of the other. */
async function mergeTrees(database: ChecksumDatabase, note: string): Promise<VerifiedTree> {
  const { key, memory } = database;
  const signed = headOf(note, key);
  const latestNote = await memory.readLatest();
  const latest = latestNote === undefined ? undefined : headOf(latestNote, key);
  const newest = latest === undefined || signed.size > latest.size ? signed : latest;
  const tree = new VerifiedTree(newest, tileSource(database));
  const older = newest === signed ? latest : signed;
  if (older) await tree.checkBeginsWith(older);
  return tree;
}

/** Remembers a head, unless another process has seen a newer one since. */
async function remember({ key, memory }: ChecksumDatabase, note: string): Promise<void> {
  const known = await memory.readLatest();
  if (known !== undefined && headOf(known, key).size >= headOf(note, key).size) return;
  await memory.writeLatest(note);
}

async function readLookup(
  database: ChecksumDatabase,
  path: string,
): Promise<Lookup & { fresh?: Uint8Array }> {
  const cached = await database.memory.readCache(path);
  if (cached) return parseLookup(utf8.decode(cached));
  const fresh = await database.remote.read(path, database.signal);
  return { ...parseLookup(utf8.decode(fresh)), fresh };
}

function noEntry(database: ChecksumDatabase, what: string, cause?: unknown): GofleetError {
  return new GofleetError('resolve.no-checksum', `${database.key.name} has no checksum of ${what}`, {
    facts: { database: database.key.name, module: what },
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The `h1:` sums that the checksum database has of a module version. The answer's tree head must be signed, contain or continue the
 * tree that was seen before, and hold the record; only lines of that record count. The newest tree is remembered.
 * @throws `resolve.no-checksum`, `resolve.bad-signature`, `resolve.forged-tree`, `resolve.malformed-…`, and what the ports throw
 * @see golang.org/x/mod/sumdb Client.Lookup
 */
export async function lookUpSums(
  database: ChecksumDatabase,
  module: string,
  version: string,
): Promise<string[]> {
  const path = `lookup/${escapeModulePath(module)}@${escapeModuleVersion(version)}`;
  const found = await readLookup(database, path).catch((thrown: unknown) => {
    throw isNotFound(thrown) ? noEntry(database, `${module}@${version}`, thrown) : thrown;
  });
  const tree = await mergeTrees(database, found.note);
  await tree.checkRecord(found.id, found.record);
  await remember(database, found.note);
  if (found.fresh) await database.memory.writeCache(path, found.fresh);
  const sums = sumsOf(found.record, module, version).filter((sum) => sum.startsWith('h1:'));
  if (sums.length === 0) throw noEntry(database, `${module}@${version}`);
  return sums;
}
