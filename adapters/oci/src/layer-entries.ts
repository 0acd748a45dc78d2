import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';

/** One thing of an image: a file of this machine (a folder is taken with all that is in it), bytes, a link, a folder. */
export type ImageFile = {
  /** Absolute path inside the image. */
  path: string;
  /** Permission bits; default: those of `source`, 0o644 for bytes, 0o755 for a folder. */
  mode?: number;
  /** Numeric owner; default 0. */
  uid?: number;
  gid?: number;
} & ({ source: string } | { bytes: Uint8Array | string } | { linkTo: string } | { directory: true });

/** One tar entry to write, in order. */
export interface LayerEntry {
  /** Path in the tar: no leading slash; a folder has no trailing one. */
  name: string;
  mode: number;
  uid: number;
  gid: number;
  content:
    | { kind: 'directory' }
    | { kind: 'symlink'; target: string }
    | { kind: 'bytes'; bytes: Buffer }
    | { kind: 'file'; source: string; sizeBytes: number };
}

/**
 * The entries of one layer: sources looked up, folders on the way added, sorted by path.
 *
 * @throws GofleetError `oci.duplicate-path`, `oci.bad-path`, `oci.missing-source`
 */
export async function planLayer(files: ImageFile[]): Promise<LayerEntry[]> {
  const entries = new Map<string, LayerEntry>();
  for (const file of files) {
    for (const entry of await entriesOf(file)) {
      const known = entries.get(entry.name);
      if (known && !(known.content.kind === 'directory' && entry.content.kind === 'directory')) {
        throw new GofleetError(
          'oci.duplicate-path',
          `image path /${entry.name}: expected one file of that path, found two`,
          { facts: { path: `/${entry.name}` } },
        );
      }
      entries.set(entry.name, entry);
    }
  }
  for (const name of [...entries.keys()]) addParents(entries, name);
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function addParents(entries: Map<string, LayerEntry>, name: string): void {
  for (let parent = posix.dirname(name); parent !== '.'; parent = posix.dirname(parent)) {
    if (entries.has(parent)) continue;
    entries.set(parent, { name: parent, mode: 0o755, uid: 0, gid: 0, content: { kind: 'directory' } });
  }
}

async function entriesOf(file: ImageFile): Promise<LayerEntry[]> {
  const name = nameInTar(file.path);
  const owner = { uid: file.uid ?? 0, gid: file.gid ?? 0 };
  if ('directory' in file)
    return [{ name, mode: file.mode ?? 0o755, ...owner, content: { kind: 'directory' } }];
  if ('linkTo' in file)
    return [{ name, mode: 0o777, ...owner, content: { kind: 'symlink', target: file.linkTo } }];
  if ('bytes' in file) {
    return [
      {
        name,
        mode: file.mode ?? 0o644,
        ...owner,
        content: { kind: 'bytes', bytes: Buffer.from(file.bytes) },
      },
    ];
  }
  return entriesOfSource(name, { source: file.source, mode: file.mode, ...owner });
}

async function entriesOfSource(
  name: string,
  from: { source: string; mode: number | undefined; uid: number; gid: number },
): Promise<LayerEntry[]> {
  const { source, uid, gid } = from;
  const found = await lstat(source).catch((cause) => {
    throw new GofleetError(
      'oci.missing-source',
      `image path /${name}: expected a file at ${source}, found none that can be read`,
      { facts: { path: `/${name}`, source }, cause },
    );
  });
  if (found.isSymbolicLink()) {
    return [{ name, mode: 0o777, uid, gid, content: { kind: 'symlink', target: await readlink(source) } }];
  }
  const mode = from.mode ?? found.mode & 0o7777;
  if (!found.isDirectory()) {
    return [{ name, mode, uid, gid, content: { kind: 'file', source, sizeBytes: found.size } }];
  }
  const folder: LayerEntry = { name, mode: found.mode & 0o7777, uid, gid, content: { kind: 'directory' } };
  const inside = await Promise.all(
    (await readdir(source)).map((child) =>
      entriesOfSource(posix.join(name, child), { ...from, source: join(source, child) }),
    ),
  );
  return [folder, ...inside.flat()];
}

function nameInTar(path: string): string {
  const name = posix.normalize(path).replace(/^\/+|\/+$/g, '');
  if (path.startsWith('/') && name !== '' && !path.split('/').includes('..')) return name;
  throw new GofleetError(
    'oci.bad-path',
    `image path ${JSON.stringify(path)}: expected an absolute path without ".."`,
    { facts: { path } },
  );
}
