import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maxArtefactBytes } from '@gofleet/build/ports';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LibraryReader, parseMappedFiles } from './library-reader.ts';

let sleeping: ChildProcess;
let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-maps-'));
  sleeping = spawn('/bin/sh', ['-c', 'echo; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => sleeping.stdout?.once('data', resolve));
});
afterEach(() => {
  sleeping.kill();
  rmSync(dir, { recursive: true, force: true });
});

const libc = (name: string): boolean => name === 'libc.so.6';
/** Where the loader of this machine has it. */
const { sharedObjects } = process.report.getReport() as unknown as {
  readonly sharedObjects: readonly string[];
};
const libcPath = realpathSync(sharedObjects.find((path) => path.endsWith('/libc.so.6')) ?? '');

test('executable mappings of files, each once', () => {
  const maps = [
    '55d0c0000000-55d0c0001000 r--p 00000000 fe:00 12   /program',
    '55d0c0001000-55d0c0002000 r-xp 00001000 fe:00 12   /program',
    '7f0000000000-7f0000001000 r-xp 00000000 00:1f 99   /usr/lib/a b/libgo.so.21.0.0',
    '7f0000001000-7f0000002000 r-xp 00001000 00:1f 99   /usr/lib/a b/libgo.so.21.0.0',
    '7f0000002000-7f0000003000 r-xp 00000000 00:1f 98   /old.so (deleted)',
    '7f0000003000-7f0000004000 rwxp 00000000 00:00 0 ',
    '7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0    [vdso]',
    'nonsense',
  ].join('\n');
  expect(parseMappedFiles(maps)).toEqual(['/program', '/usr/lib/a b/libgo.so.21.0.0', '/old.so (deleted)']);
});

test('the library that a process has mapped, by the name that its program asks for', async () => {
  const pid = sleeping.pid ?? 0;
  const { sha256 } = await hashFile(libcPath);
  const reader = new LibraryReader('/proc', libc);
  const mapped = await reader.read(pid);
  expect(mapped).toMatchObject({ pid, path: libcPath, soname: 'libc.so.6', sha256 });
  expect(await reader.read(pid)).toEqual(mapped);
  expect(await new LibraryReader().read(pid)).toBeUndefined();
  sleeping.kill();
  await new Promise((resolve) => sleeping.once('exit', resolve));
  await expect(reader.read(pid)).rejects.toThrow();
});

test('a library that is larger than any artefact is not read', async () => {
  const large = join(dir, 'libc.so.6');
  copyFileSync(libcPath, large);
  truncateSync(large, maxArtefactBytes + 1);
  const child = spawn('/bin/sh', ['-c', 'echo; read line'], {
    ...{ stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, LD_LIBRARY_PATH: dir } },
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const read = new LibraryReader('/proc', libc).read(child.pid ?? 0);
  await expect(read.finally(() => child.kill())).rejects.toMatchObject({
    code: 'node.library-unreadable',
    message: expect.stringContaining('1.0 GiB'),
  });
});

/** A `/proc` in which the same process sees another root. */
function withRoot(pid: number, root: string): string {
  const folder = join(dir, 'proc', String(pid));
  mkdirSync(folder, { recursive: true });
  for (const name of ['exe', 'maps', 'mountinfo']) symlinkSync(`/proc/${pid}/${name}`, join(folder, name));
  symlinkSync(root, join(folder, 'root'));
  return join(dir, 'proc');
}

const unreadable = (why: RegExp) => ({
  code: 'node.library-unreadable',
  message: expect.stringMatching(why),
});

test('a file that is a link by now, or is gone, is not taken for what is mapped', async () => {
  const pid = sleeping.pid ?? 0;
  const root = join(dir, 'root');
  mkdirSync(join(root, libcPath, '..'), { recursive: true });
  const read = () => new LibraryReader(withRoot(pid, root), libc).read(pid);
  await expect(read()).rejects.toMatchObject(unreadable(/ENOENT/));
  symlinkSync('/etc/shadow', join(root, libcPath));
  rmSync(join(dir, 'proc'), { recursive: true });
  await expect(read()).rejects.toMatchObject(unreadable(/ELOOP/));
  rmSync(join(root, libcPath));
  writeFileSync(join(root, libcPath), 'no library');
  rmSync(join(dir, 'proc'), { recursive: true });
  await expect(read()).rejects.toMatchObject(unreadable(/has not mapped it/));
});

/** A copy of a file of this machine that has or asks for libgo where it had the C library, and more. */
function copyAsLibgo(from: string, to: string, change = (text: string) => text): void {
  const text = readFileSync(from, 'latin1').replace(/\0libc\.so\.6\0./gs, '\0libgo.so.6\0');
  writeFileSync(to, change(text), 'latin1');
}

/** What stands against a library that asks for versions of the C library that are nowhere, for a process that has these files mapped. */
async function checkBeside(...paths: readonly string[]) {
  const [folder, root, next] = [join(dir, 'proc/7'), join(dir, 'root'), join(dir, 'next')];
  for (const each of [folder, root]) mkdirSync(each, { recursive: true });
  copyAsLibgo('/bin/sh', join(folder, 'exe'));
  copyAsLibgo(libcPath, join(root, 'libgo.so.6'));
  copyAsLibgo(libcPath, next, (text) => text.replaceAll('GLIBC_2.', 'GLIBC_9.'));
  symlinkSync(root, join(folder, 'root'));
  symlinkSync('/proc/self/mountinfo', join(folder, 'mountinfo'));
  const lines = ['/libgo.so.6', ...paths].map((path) => `1000-2000 r-xp 00000000 fe:00 12   ${path}\n`);
  writeFileSync(join(folder, 'maps'), lines.join(''));
  const mapped = { pid: 7, path: '/libgo.so.6', sha256: '', soname: 'libgo.so.6', isOfImage: true };
  return new LibraryReader(join(dir, 'proc')).check(mapped, next);
}

test('what a process has mapped besides and cannot be read is passed over', async () => {
  const { problems } = await checkBeside('/memfd:jit (deleted)', '/tmp/ffiXyz (deleted)');
  expect(problems[0]).toMatch(/needs GLIBC_9\..*, which is not among what the process has loaded/);
});

test('a library that was replaced meanwhile may have what is asked for: it is told, and nothing refused', async () => {
  const { problems, notes = [] } = await checkBeside('/lib/libc.so.6 (deleted)');
  expect(problems).toEqual([]);
  expect(notes[0]).toMatch(/needs GLIBC_9\..*, which the current one does not/);
});
