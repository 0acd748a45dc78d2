import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findRunningFiles } from './find-processes.ts';

test('each executable once, with all its processes; threads of the kernel and other entries are none', () => {
  const proc = mkdtempSync(join(tmpdir(), 'gofleet-processes-'));
  writeFileSync(join(proc, 'program'), '');
  for (const pid of [10, 9, 300]) {
    mkdirSync(join(proc, String(pid)));
    symlinkSync(join(proc, 'program'), join(proc, String(pid), 'exe'));
  }
  mkdirSync(join(proc, '2'));
  mkdirSync(join(proc, 'self'));
  const path = join(proc, 'program');
  expect(findRunningFiles(proc)).toEqual({
    files: [{ exe: join(proc, '9/exe'), path, pids: [9, 10, 300] }],
    deniedProcesses: 0,
  });
  rmSync(proc, { recursive: true });
});

test('a process of this machine', () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)']);
  const found = findRunningFiles().files.find(({ pids }) => pids.includes(child.pid ?? 0));
  child.kill();
  expect(found?.path).toBe(realpathSync(process.execPath));
  expect(found?.pids).toContain(process.pid);
});
