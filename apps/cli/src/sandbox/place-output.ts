import { closeSync, constants, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GofleetError } from '@gofleet/base/errors';
import { refused } from '@gofleet/build/sandbox/refused';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_CREAT, O_EXCL, O_WRONLY } = constants;

/**
 * Opens a directory of the volume step by step from its root, following no link: what was checked before may have been replaced
 * since. As openat(2) does, through /proc/self/fd.
 * @param path real path, inside of `root`
 * @returns a file descriptor, which the caller closes
 * @throws `build.sandbox-refused` when a link or no directory is in the way
 */
export function openBeneath(root: string, path: string): number {
  let fd = openSync(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  for (const step of relative(root, path).split('/').filter(Boolean)) {
    try {
      const next = openSync(`/proc/self/fd/${fd}/${step}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      closeSync(fd);
      fd = next;
    } catch (cause) {
      closeSync(fd);
      throw refused(path, `it has changed meanwhile: ${(cause as NodeJS.ErrnoException).code} at ${step}`);
    }
  }
  return fd;
}

/** The first bytes of what Go writes as programs and libraries; it replaces nothing else. */
const objects = [
  '7f454c46',
  'cffaedfe',
  'feedfacf',
  'cefaedfe',
  '4d5a',
  '0061736d',
  '213c6172',
  '01df',
  '01f7',
];

/** Go itself refuses to write over a file that is not one of its outputs. */
async function requireReplaceable(path: string, shown: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isFile()) throw refused(shown, 'what is there is no regular file');
  if (there.size === 0) return;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const head = buffer.toString('hex', 0, bytesRead);
    if (objects.some((magic) => head.startsWith(magic))) return;
  } finally {
    await file.close();
  }
  throw refused(shown, 'a file is there that is no object file', 'remove it, or choose another name with -o');
}

/** What the file system does not let this user do is no fault of ours; everything else is thrown as it is. */
export function cannotWrite(thrown: unknown, path: string): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(code ?? '')) return thrown;
  return new GofleetError('build.sandbox-cannot-write', `${path} cannot be written: ${code}`, {
    facts: { path },
    hint:
      code === 'EROFS'
        ? 'the sandbox has the volume as its callers have it, read-only: "-o /dev/null" builds without an output'
        : `the sandbox is user ${process.getuid?.()}: give the pod an fsGroup, or both containers one runAsUser`,
    cause: thrown,
  });
}

let count = 0;

/** Where an output goes. */
export interface OutputPlace {
  readonly root: string;
  /** Real path of a directory of the volume. */
  readonly directory: string;
  readonly name: string;
}

/**
 * Copies a file that the sandbox made to its place in the volume; it appears there whole, or not at all.
 * @throws `build.sandbox-refused`, `build.sandbox-cannot-write`
 */
export async function placeOutput(from: string, { root, directory, name }: OutputPlace): Promise<void> {
  const fd = openBeneath(root, directory);
  const inside = (file: string): string => `/proc/self/fd/${fd}/${file}`;
  const unfinished = inside(`.gofleet-${process.pid}-${count++}`);
  try {
    await requireReplaceable(inside(name), `${directory}/${name}`);
    const source = await open(from, O_RDONLY | O_NOFOLLOW);
    const mode = (await source.stat()).mode & 0o777;
    const target = await open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    await pipeline(source.createReadStream(), target.createWriteStream());
    renameSync(unfinished, inside(name));
  } catch (thrown) {
    rmSync(unfinished, { force: true });
    throw cannotWrite(thrown, `${directory}/${name}`);
  } finally {
    closeSync(fd);
  }
}
