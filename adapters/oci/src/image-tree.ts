import { posix } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { type ArchiveEntry, climbsOut } from './archive-entry.ts';

/** A file of an image: in which layer, lowest 0, and at which path there. */
export interface PlacedFile {
  readonly layer: number;
  readonly path: string;
}

type Node = PlacedFile | { readonly target: string } | 'directory';

/** What Linux follows at most. @see path_resolution(7) */
const maxLinks = 40;
/** More than any real image has. */
const maxEntries = 2_000_000;
const [whiteout, opaque] = ['.wh.', '.wh..wh..opq'];

/** A path of an image, from its name in a layer's tar. */
export const imagePath = (name: string): string => posix.normalize(`/${name}`).replace(/(?<=.)\/$/, '');

function nodeOf({ kind, target, twin }: ArchiveEntry, placed: PlacedFile): Node | undefined {
  if (target !== undefined) return { target };
  if (twin !== undefined) return { ...placed, path: imagePath(twin) };
  return kind === 'other' ? undefined : kind === 'directory' ? 'directory' : placed;
}

/** The paths that a container of an image sees, layer upon layer; no content. */
export class ImageTree {
  readonly #nodes = new Map<string, Node>();
  #layers = 0;

  /**
   * Puts a layer on top.
   * @throws `oci.oversized-archive`, and what reading the entries throws
   * @see OCI image specification, layer.md "Whiteouts"
   */
  async addLayer(entries: AsyncIterable<ArchiveEntry>): Promise<void> {
    const [added, gone] = [new Map<string, Node>(), new Set<string>()];
    const layer = this.#layers++;
    for await (const entry of entries) {
      if (climbsOut(entry.name)) continue;
      const path = imagePath(entry.name);
      const { dir, base } = posix.parse(path);
      if (base === opaque) gone.add(posix.join(dir, '/'));
      else if (base.startsWith(whiteout)) gone.add(posix.join(dir, base.slice(whiteout.length)));
      else {
        const node = nodeOf(entry, { layer, path });
        if (node !== undefined) added.set(path, node);
      }
      if (this.#nodes.size + added.size > maxEntries)
        throw new GofleetError('oci.oversized-archive', `an image of more than ${maxEntries} files`);
    }
    this.#remove(gone);
    for (const [path, node] of added) this.#nodes.set(path, node);
  }

  /** The file that a path leads to, links followed inside the image; `undefined` when there is none. */
  find(path: string): PlacedFile | undefined {
    const left = path.split('/');
    let [at, links] = ['/', 0];
    while (left.length > 0) {
      const name = left.shift() ?? '';
      if (name === '' || name === '.') continue;
      const here = name === '..' ? posix.dirname(at) : posix.join(at, name);
      const node = this.#nodes.get(here);
      if (typeof node !== 'object') at = here;
      else if ('layer' in node) return left.length === 0 ? node : undefined;
      else if (++links > maxLinks) return undefined;
      else {
        left.unshift(...node.target.split('/'));
        if (node.target.startsWith('/')) at = '/';
      }
    }
    return undefined;
  }

  /** Paths that end with a slash lose what is below them, the others themselves too. */
  #remove(gone: ReadonlySet<string>): void {
    if (gone.size === 0) return;
    for (const path of this.#nodes.keys()) {
      let isGone = gone.has(path);
      for (let dir = posix.dirname(path); !isGone; dir = posix.dirname(dir)) {
        isGone = gone.has(dir) || gone.has(posix.join(dir, '/'));
        if (dir === '/') break;
      }
      if (isGone) this.#nodes.delete(path);
    }
  }
}
