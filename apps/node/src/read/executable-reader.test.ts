import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maxArtefactBytes } from '@gofleet/build/ports';
import { hashFile, inspectFile } from '@gofleet/filesystem/inspect-file';
import { afterAll, expect, test } from 'vitest';
import type { ContainerProcess } from './container-processes.ts';
import { ExecutableReader } from './executable-reader.ts';

const goRoot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
const release = readFileSync(`${goRoot}/VERSION`, 'utf8').split('\n', 1)[0];
const children: ChildProcess[] = [];

/** A program that waits for its standard input, with an environment that lies. */
function start(program: string, args: string[] = []): ContainerProcess {
  const env = { ...process.env, GOROOT: '/elsewhere', GOVERSION: 'go1.2.3' };
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], env });
  children.push(child);
  return { pid: child.pid ?? 0, startTime: 0, isInit: false };
}

const dir = mkdtempSync(join(tmpdir(), 'gofleet-executables-'));
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

let reads = 0;
const reader = new ExecutableReader({
  inspectFile,
  hashFile: (path, options) => {
    reads += 1;
    return hashFile(path, options);
  },
});

test('the Go release is read from the executable that runs, each content once', async () => {
  const gofmt = start(`${goRoot}/bin/gofmt`);
  const found = await reader.readMain([gofmt]);
  expect(found).toMatchObject({ pid: gofmt.pid, facts: { goVersion: release } });
  expect(found?.path).toMatch(/\/bin\/gofmt$/);
  expect(found?.sha256).toBe((await hashFile(`${goRoot}/bin/gofmt`)).sha256);
  await reader.readMain([gofmt, start(`${goRoot}/bin/gofmt`)]);
  expect(reads).toBe(1);
});

test('a Go program counts before a shell that started it; without one the main process and the reason are told', async () => {
  const [cat, gofmt] = [start('cat'), start(`${goRoot}/bin/gofmt`)];
  expect(await reader.readMain([cat, gofmt])).toMatchObject({ pid: gofmt.pid });
  const alone = await reader.readMain([cat]);
  expect(alone).toMatchObject({ pid: cat.pid, problem: expect.any(String) });
  expect(alone?.facts).toBeUndefined();
});

test('an executable that is larger than any artefact is not read; a Go program beside it counts', async () => {
  const large = join(dir, 'large');
  copyFileSync(`${goRoot}/bin/gofmt`, large);
  truncateSync(large, maxArtefactBytes + 1);
  const extended = start(large);
  const before = reads;
  const found = await reader.readMain([extended]);
  expect(found).toMatchObject({
    ...{ path: large, sha256: '', sizeBytes: maxArtefactBytes + 1 },
    problem: expect.stringContaining('1.0 GiB'),
  });
  expect(found?.facts).toBeUndefined();
  expect(await reader.readMain([extended])).toEqual(found);
  expect(reads).toBe(before + 1);
  expect(await reader.readMain([extended, start(`${goRoot}/bin/gofmt`)])).toMatchObject({
    facts: { goVersion: release },
  });
});

test('all Go programs of a container, each with its processes', async () => {
  const [cat, one, two] = [start('cat'), start(`${goRoot}/bin/gofmt`), start(`${goRoot}/bin/gofmt`)];
  const found = await reader.readAll([one, cat, two]);
  expect(found).toMatchObject([{ pids: [one.pid, two.pid], facts: { goVersion: release } }]);
});

test('processes that vanished give nothing', async () => {
  expect(await reader.readMain([{ pid: 2 ** 22 + 1, startTime: 0, isInit: true }])).toBeUndefined();
  expect(await reader.readMain([])).toBeUndefined();
});
