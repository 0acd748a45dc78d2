import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const bin = join(dirname(fileURLToPath(import.meta.url)), 'bin.ts');

function gofleet(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

test('help says what there is and exits 0', () => {
  const { code, stdout } = gofleet('--help');
  expect(code).toBe(0);
  expect(stdout).toContain('Usage: gofleet [options] [command]');
});

test('an unknown command is a usage error', () => {
  const { code, stderr } = gofleet('nonsense');
  expect(code).toBe(2);
  expect(stderr).toContain("unknown command 'nonsense'");
});

test('an unknown shell is a usage error with the shells that there are', () => {
  const { code, stderr } = gofleet('completion', 'tcsh');
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh or fish');
});

test('a reader that has had enough is no error', async () => {
  const child = spawn(process.execPath, [bin, 'completion', 'bash'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [[code], said] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  expect({ code, said }).toEqual({ code: 0, said: '' });
});
