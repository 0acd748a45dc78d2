import { execFile } from 'node:child_process';
import { lstat, mkdir, open, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { GofleetError } from '@gofleet/base/errors';
import { findMount, type Mount, parseMountTable } from '@gofleet/filesystem/mount-table';

const run = promisify(execFile);

/** The mounts that this process sees now. */
export async function readMounts(): Promise<Mount[]> {
  return parseMountTable(await readFile('/proc/self/mountinfo', 'utf8'));
}

async function mountCommand(program: 'mount' | 'umount', args: readonly string[]): Promise<void> {
  try {
    await run(program, args, {
      timeout: 30_000,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    });
  } catch (cause) {
    const { stderr = '', message } = cause as Error & { stderr?: string };
    const said = (stderr || message).trim();
    throw new GofleetError('node.mount-failed', `${program} ${args.join(' ')}: ${said}`, {
      facts: { program, target: args.at(-1) },
      retry: 'later',
      cause,
    });
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([stat(a, { bigint: true }), stat(b, { bigint: true })]);
  return left.ino === right.ino && left.dev === right.dev;
}

/**
 * Makes a read-only view of a folder, seen by this mount namespace alone; does nothing when it is there. What is
 * bind-mounted from the view is read-only from its first moment on and wherever it propagates to, which a later remount
 * would not be: flags do not propagate.
 * @throws `node.mount-failed`
 * @see mount_namespaces(7)
 */
export async function prepareReadOnlyView(folder: string, view: string): Promise<void> {
  await mkdir(view, { recursive: true });
  const mounted = findMount(await readMounts(), view);
  if (mounted?.options.includes('ro') && (await isSameFile(folder, view))) return;
  await mountCommand('mount', ['--bind', '--', folder, view]);
  await mountCommand('mount', ['--make-private', '--', view]);
  await mountCommand('mount', ['-o', 'remount,bind,ro,nosuid,nodev', '--', view]);
}

/** Makes what something is mounted on: a folder for a folder, a file for a file. */
async function makeTarget(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  if ((await stat(source)).isDirectory()) await mkdir(target, { recursive: true, mode: 0o750 });
  else await (await open(target, 'a', 0o444)).close();
}

/**
 * Mounts `source`, a file or folder of a read-only view, on `target`, which is made the same; does nothing when it already is there.
 * Another mount found there is taken away first.
 * @throws `node.mount-failed`
 */
export async function bindFile(source: string, target: string): Promise<void> {
  const mounted = findMount(await readMounts(), target);
  if (mounted?.options.includes('ro') && (await isSameFile(source, target))) return;
  if (mounted) await unbindFile(target);
  await makeTarget(source, target);
  await mountCommand('mount', ['--bind', '--', source, target]);
}

/**
 * Unmounts everything at `target` and removes the file or the empty folder; does nothing when there is neither.
 * @throws `node.mount-failed`
 */
export async function unbindFile(target: string): Promise<void> {
  const layers = (await readMounts()).filter(({ mountPoint }) => mountPoint === target).length;
  for (let layer = 0; layer < layers; layer++) await mountCommand('umount', ['--', target]);
  const entry = await lstat(target).catch(() => undefined);
  if (entry?.isDirectory()) await rmdir(target);
  else await rm(target, { force: true });
}
