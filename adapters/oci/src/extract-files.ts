import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GofleetError } from '@gofleet/base/errors';
import type { ArchiveEntry } from './archive-entry.ts';
import { type ByteCursor, StreamCursor } from './byte-cursor.ts';
import { withFileCursor } from './file-cursor.ts';
import { isImageReference, parseImageReference } from './image-reference.ts';
import { RegistryClient, type RegistryOptions } from './registry-client.ts';
import { tarEntries } from './tar-entries.ts';
import { packingOf, UnpackMeter, withUnpacked } from './unpack.ts';

/** A file of an image, and where it is to go. */
export interface WantedFile {
  /** As `FoundImage` names it. */
  readonly layer: string;
  /** Absolute, in the layer. */
  readonly path: string;
  readonly target: string;
}

const chunkBytes = 1 << 20;

async function* contentOf(cursor: ByteCursor): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = await cursor.next(chunkBytes);
    if (chunk.length === 0) return;
    yield Buffer.from(chunk);
  }
}

const pathOf = (name: string): string => posix.normalize(`/${name}`);

/** Files that are wanted and not there yet, by layer. */
class Wanted {
  readonly #byLayer: Map<string, Map<string, string>>;
  readonly #meter: UnpackMeter;

  constructor(files: readonly WantedFile[], meter: UnpackMeter) {
    const groups = Map.groupBy(files, ({ layer }) => layer);
    this.#byLayer = new Map(
      [...groups].map(([layer, group]) => [layer, new Map(group.map(({ path, target }) => [path, target]))]),
    );
    this.#meter = meter;
  }

  /** The layers of which something is still missing. */
  get layers(): string[] {
    return [...this.#byLayer].filter(([, files]) => files.size > 0).map(([layer]) => layer);
  }

  /** Writes what is wanted of a layer, whose tar is ahead. */
  async takeFrom(layer: string, cursor: ByteCursor): Promise<void> {
    const files = this.#byLayer.get(layer);
    if (!files) return;
    const packing = packingOf(await cursor.peek(512));
    await withUnpacked(cursor, { packing, meter: this.#meter }, async (plain) => {
      for await (const { name, kind, content } of tarEntries(plain)) {
        this.#meter.signal?.throwIfAborted();
        const path = pathOf(name);
        const target = kind === 'file' ? files.get(path) : undefined;
        if (target === undefined) continue;
        await pipeline(Readable.from(contentOf(content)), createWriteStream(target, { mode: 0o700 }));
        files.delete(path);
        if (files.size === 0) return;
      }
    });
  }
}

/** Calls back for each member of an archive that may be compressed. */
async function visitArchive(
  archive: string,
  meter: UnpackMeter,
  visit: (path: string, entry: ArchiveEntry) => Promise<void>,
): Promise<void> {
  await withFileCursor(archive, async (cursor) => {
    const packing = packingOf(await cursor.peek(512));
    await withUnpacked(cursor, { packing, meter }, async (plain) => {
      for await (const entry of tarEntries(plain)) await visit(pathOf(entry.name), entry);
    });
  });
}

/** Layers that are alike are links to one in archives of older engines. */
async function followLinks(
  archive: string,
  files: readonly WantedFile[],
  meter: UnpackMeter,
): Promise<WantedFile[]> {
  const links = new Map<string, string>();
  await visitArchive(archive, meter, async (path, { target }) => {
    if (target) links.set(path, posix.resolve(posix.dirname(path), target));
  });
  return files.map((file) => ({ ...file, layer: links.get(file.layer) ?? file.layer }));
}

async function takeFromArchive(
  archive: string,
  files: readonly WantedFile[],
  meter: UnpackMeter,
): Promise<Wanted> {
  const wanted = new Wanted(await followLinks(archive, files, meter), meter);
  await visitArchive(archive, meter, (path, { content }) => wanted.takeFrom(path, content));
  return wanted;
}

async function takeFromLayout(directory: string, wanted: Wanted): Promise<Wanted> {
  for (const layer of wanted.layers) {
    await withFileCursor(join(directory, layer), (cursor) => wanted.takeFrom(layer, cursor));
  }
  return wanted;
}

async function takeFromRegistry(text: string, wanted: Wanted, options: RegistryOptions): Promise<Wanted> {
  const { registry, repository } = parseImageReference(text);
  const client = new RegistryClient(registry, options);
  for (const layer of wanted.layers) {
    const cursor = new StreamCursor(client.blob(repository, layer));
    await wanted.takeFrom(layer, cursor);
    // Only at the end of a layer its digest is known to be right.
    await cursor.skip(Number.MAX_SAFE_INTEGER);
  }
  return wanted;
}

async function takeFiles(
  image: string,
  files: readonly WantedFile[],
  options: RegistryOptions,
): Promise<Wanted> {
  const meter = new UnpackMeter(undefined, options.signal);
  if (isImageReference(image)) return takeFromRegistry(image, new Wanted(files, meter), options);
  if ((await stat(image)).isDirectory()) return takeFromLayout(image, new Wanted(files, meter));
  return takeFromArchive(image, files, meter);
}

/**
 * Writes files of an image to this machine.
 * @param image - `docker://…`, an archive or the directory of an OCI layout
 * @throws `oci.broken-layer` when one of them is not there, and what reading an image throws
 */
export async function extractFiles(
  image: string,
  files: readonly WantedFile[],
  options: RegistryOptions,
): Promise<void> {
  const [layer] = (await takeFiles(image, files, options)).layers;
  if (layer === undefined) return;
  throw new GofleetError('oci.broken-layer', `layer ${layer}: a file that was in it is there no more`, {
    facts: { layer },
  });
}
