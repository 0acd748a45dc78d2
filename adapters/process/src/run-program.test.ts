import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProgramEnd, runProgram } from './run-program.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gofleet-run-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function sh(script: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<ProgramEnd> {
  const env = { PATH: '/usr/bin:/bin', MARK: 'here' };
  return runProgram({ program: '/bin/sh', argv: ['-c', script], env, directory, timeoutMs: 10_000, ...more });
}

async function isGone(pid: number): Promise<boolean> {
  for (let turn = 0; turn < 50; turn++) {
    try {
      // A killed process without a parent stays as a zombie until init looks.
      if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

test('answers with code and outputs; inherits nothing', async () => {
  const end = await sh('echo "$MARK$HOME"; echo wrong >&2; exit 7');
  expect(end).toEqual({ exitCode: 7, stdout: 'here\n', stderr: 'wrong\n' });
});

test('tells lines as they come', async () => {
  const lines: string[] = [];
  const run = {
    program: '/bin/sh',
    argv: ['-c', 'echo one >&2; echo two >&2'],
    env: {},
    directory,
    timeoutMs: 9000,
  };
  await runProgram({ ...run, onLine: (line) => lines.push(line) });
  expect(lines).toEqual(['one', 'two']);
});

test('keeps beginning and end of a flood', async () => {
  const { stderr } = await sh('echo first >&2; seq 1 200000 >&2; echo last >&2');
  expect(stderr.length).toBeLessThan(70_000);
  expect(stderr.startsWith('first\n')).toBe(true);
  expect(stderr.endsWith('last\n')).toBe(true);
});

test('after the time limit the whole group is gone', async () => {
  const run = sh('sleep 60 & echo $! > child; wait', { timeoutMs: 2500 });
  await expect(run).rejects.toMatchObject({ code: 'process.timeout', retry: 'later' });
  const child = Number(readFileSync(join(directory, 'child'), 'utf8'));
  expect(await isGone(child)).toBe(true);
});

test('so it is when it is interrupted, before or after the start', async () => {
  const controller = new AbortController();
  const run = sh('sleep 60', { signal: controller.signal });
  setTimeout(() => controller.abort(), 100);
  await expect(run).rejects.toMatchObject({ code: 'process.aborted' });
  await expect(sh('sleep 60', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'process.aborted',
  });
});

test('a program that is not there', async () => {
  const run = runProgram({ program: '/no/such', argv: [], env: {}, directory, timeoutMs: 1000 });
  await expect(run).rejects.toMatchObject({ code: 'process.cannot-start' });
});
