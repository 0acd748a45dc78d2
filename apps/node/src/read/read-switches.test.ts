import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { readSwitches } from './read-switches.ts';

test('of what a process was told, only what it began with; nothing else of it', async () => {
  const child = spawn('cat', ['-', '--', '--secret=x'], { env: { A: '1', TOKEN: 'x' }, stdio: 'pipe' });
  try {
    const read = (...told: string[]) => readSwitches('/proc', child.pid ?? 0, told);
    expect(await read('A=1', '--secret=x', '--other=5', 'B=1', 'A=')).toEqual(['A=1', '--secret=x']);
    expect(await read()).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
  await expect(readSwitches('/proc', 2 ** 22 + 1, ['A=1'])).rejects.toThrow();
});
