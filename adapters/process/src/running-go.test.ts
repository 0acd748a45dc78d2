import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { oldestRunningGo } from './running-go.ts';

test('a program named go is seen with the time at which it began, and gone when it has ended', async () => {
  const before = await oldestRunningGo();
  const directory = mkdtempSync(join(tmpdir(), 'gofleet-running-'));
  const program = join(directory, 'go');
  copyFileSync('/bin/sleep', program);
  const startedAt = Date.now();
  const child = spawn(program, ['60']);
  await new Promise((resolve) => child.once('spawn', resolve));
  const seen = await oldestRunningGo();
  expect(seen).toBeLessThanOrEqual(startedAt);
  // Another build may run on this machine since before.
  if (before === undefined) expect(seen).toBeGreaterThan(startedAt - 5000);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
  rmSync(directory, { recursive: true });
});
