import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GofleetError } from '@gofleet/base/errors';
import { type BuildLimits, usualLimits } from '@gofleet/build/build-limits';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProgramEnd } from '../run-program.ts';
import { createControlGroup } from './control-group.ts';
import { runLimited } from './run-limited.ts';
import { sandboxed } from './sandbox.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-limits-'));
  for (const name of ['root', 'work']) mkdirSync(join(dir, name));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function run(command: string, change: Partial<BuildLimits>, signal?: AbortSignal): Promise<ProgramEnd> {
  const limits = { ...usualLimits, ...change };
  const directory = join(dir, 'work');
  const program = {
    ...{ program: '/bin/sh', argv: ['-c', command], directory, env: { PATH: '/usr/bin:/bin' } },
    timeoutMs: limits.timeMs,
    ...(signal === undefined ? {} : { signal }),
  };
  const sandbox = { root: join(dir, 'root'), fileBytes: limits.diskBytes };
  const binds = [{ source: directory, target: directory, writable: true }];
  return runLimited({
    ...{ what: 'building it', limits, directory },
    programIn: () => sandboxed(program, { ...sandbox, binds }),
  });
}

const failure = (attempt: Promise<unknown>): Promise<GofleetError> =>
  attempt.then(
    () => expect.unreachable('it should have failed'),
    (thrown: GofleetError) => thrown,
  );

test('too much memory, in all its processes together', async () => {
  const error = await failure(run('head -c 100000000 /dev/zero | tail', { memoryBytes: 32 << 20 }));
  expect(error).toMatchObject({
    code: 'build.over-memory',
    message: 'building it: it needs more than 32.0 MiB of memory',
    hint: 'allow it more with --limit-memory',
  });
});

test('too large a file, and too many of them', async () => {
  const one = run('head -c 9000000 /dev/zero > one', { diskBytes: 4 << 20 });
  expect(await failure(one)).toMatchObject({
    code: 'build.over-disk',
    hint: expect.stringContaining('disk'),
  });
  const many = run('for i in 1 2 3; do head -c 3000000 /dev/zero > "$i"; done; sleep 20', {
    diskBytes: 4 << 20,
  });
  expect(await failure(many)).toMatchObject({ code: 'build.over-disk' });
});

test('one that hangs, and one that is interrupted', async () => {
  expect(await failure(run('sleep 20', { timeMs: 300 }))).toMatchObject({
    code: 'build.timeout',
    message: expect.stringContaining('building it: '),
    hint: 'allow it more with --limit-time',
  });
  const interrupted = run('sleep 20', {}, AbortSignal.timeout(300));
  expect(await failure(interrupted)).toMatchObject({ code: 'process.aborted' });
});

test('processors are limited in a group of its own, and nothing of it stays', async () => {
  const { stdout } = await run('cat /proc/self/cgroup', { cpus: 0.5 });
  const names = stdout.split('\n').filter((line) => line.includes('/gofleet-'));
  expect(names.some((line) => /^\d+:(?:[\w,]*cpu\b[\w,]*)?:/.test(line))).toBe(true);
  const group = createControlGroup({ ...usualLimits, cpus: 0.5 });
  expect(group.joins.length).toBeGreaterThan(0);
  expect(group.limitsMemory).toBe(true);
  await group.remove();
  expect(group.ranOutOfMemory()).toBe(false);
});
