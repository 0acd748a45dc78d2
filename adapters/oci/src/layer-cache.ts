import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { errorToJson, GofleetError } from '@gofleet/base/errors';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { type ArchiveContent, emptyContent } from './archive-content.ts';
import { PathSet } from './path-set.ts';

/** Remembers what is in layers, by their digest: they never change. */
export interface LayerCache {
  get(digest: string): Promise<ArchiveContent | undefined>;
  put(digest: string, content: ArchiveContent): Promise<void>;
}

const [compress, decompress] = [promisify(zstdCompress), promisify(zstdDecompress)];

/** To be raised when the form of an entry, or of facts, changes. */
const formatVersion = 1;

type StoredProgram = { readonly path: string } & (
  | { readonly facts: BinaryFacts }
  | { readonly error: ReturnType<typeof errorToJson> }
);

interface Entry {
  readonly formatVersion: number;
  readonly programs: readonly StoredProgram[];
  /** What a `PathSet` keeps. */
  readonly paths: readonly number[];
  readonly whiteouts: readonly string[];
  readonly opaques: readonly string[];
}

function entryOf({ programs, paths, whiteouts, opaques }: ArchiveContent): Entry {
  const stored = [...programs].map(([path, found]) =>
    found instanceof Error ? { path, error: errorToJson(found) } : { path, facts: found },
  );
  return { formatVersion, programs: stored, paths: paths.hashes, whiteouts, opaques };
}

function foundIn(stored: StoredProgram): BinaryFacts | GofleetError {
  if ('facts' in stored) return stored.facts;
  const { code, message, ...parts } = stored.error as { code: string; message: string };
  return new GofleetError(code, message, parts);
}

function contentOf(entry: Entry): ArchiveContent {
  return {
    ...emptyContent(),
    programs: new Map(entry.programs.map((stored) => [stored.path, foundIn(stored)])),
    paths: new PathSet(entry.paths),
    whiteouts: [...entry.whiteouts],
    opaques: [...entry.opaques],
  };
}

/**
 * A cache in a folder that may be deleted at any time. An entry that cannot be read is as good as none.
 * @param directory - one for each version of the reader
 */
export function createLayerCache(directory: string): LayerCache {
  const pathOf = (digest: string): string => join(directory, `${digest.replace(':', '-')}.json.zst`);
  return {
    async get(digest) {
      try {
        const text = await decompress(await readFile(pathOf(digest)));
        const entry = JSON.parse(text.toString('utf8')) as Entry;
        return entry.formatVersion === formatVersion ? contentOf(entry) : undefined;
      } catch {
        return undefined;
      }
    },
    async put(digest, content) {
      await mkdir(directory, { recursive: true });
      const unfinished = `${pathOf(digest)}.${process.pid}`;
      await writeFile(unfinished, await compress(JSON.stringify(entryOf(content))));
      await rename(unfinished, pathOf(digest));
    },
  };
}
