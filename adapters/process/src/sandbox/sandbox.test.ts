import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProgramEnd, runProgram } from '../run-program.ts';
import { canSandbox, type SandboxLimits, sandboxed } from './sandbox.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-sandbox-'));
  for (const name of ['root', 'given']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'given', 'file'), 'content');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function run(command: string, limits: Partial<SandboxLimits> = {}): Promise<ProgramEnd> {
  const binds = [{ source: join(dir, 'given'), target: '/usr/local/new/place', writable: true }];
  const program = {
    program: '/bin/sh',
    argv: ['-c', command],
    directory: '/usr/local/new/place',
    timeoutMs: 20_000,
  };
  const env = { PATH: '/usr/bin:/bin' };
  const sandbox = { root: join(dir, 'root'), binds, fileBytes: 1 << 30, ...limits };
  return runProgram(sandboxed({ ...program, env }, sandbox));
}

test('a program sees what is bound where it is bound, may write there, and nothing stays behind', async () => {
  expect(canSandbox()).toBe(true);
  expect(await run('pwd; cat file; echo new > made')).toMatchObject({
    exitCode: 0,
    stdout: '/usr/local/new/place\ncontent',
  });
  expect(readFileSync(join(dir, 'given', 'made'), 'utf8')).toBe('new\n');
  expect((await run('ls /home /root /var')).exitCode).not.toBe(0);
});

test('the system is read-only, and there is no network', async () => {
  expect((await run('echo x > /usr/bin/x')).stderr).toContain('Read-only');
  expect((await run('cat /proc/net/dev | grep -vc lo:')).stdout).toBe('2\n');
});

test('what is bound read-only has a place for what is bound below it, and stays as it is', async () => {
  const given = join(dir, 'given');
  const binds = [
    { source: given, target: '/usr/local/new/place' },
    { source: given, target: '/usr/local/new/place/not/there' },
  ];
  const end = await run('cat file not/there/file; echo x > not/there/more', { binds });
  expect(end).toMatchObject({ stdout: 'contentcontent', stderr: expect.stringContaining('Read-only') });
  expect(readdirSync(given)).not.toContain('not');
});

test('a file that gets too large ends the program', async () => {
  const end = await run('head -c 100000 /dev/zero > large', { fileBytes: 4096 });
  expect(end.exitCode).not.toBe(0);
});

test('a program without a control group that needs too much memory does not get it', async () => {
  const command = 'head -c 100000000 /dev/zero | tail';
  const end = await run(command, { dataBytes: 32 << 20 });
  expect(end.exitCode).not.toBe(0);
  expect((await run(command)).exitCode).toBe(0);
});
