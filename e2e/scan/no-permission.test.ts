import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGoBench, type GoBench, tinyProgram } from '../relink/go-binaries.ts';

const root = join(import.meta.dirname, '..', '..');
const nobody = 65534;
let bench: GoBench;
let dir: string;

beforeAll(async () => {
  bench = await createGoBench();
  dir = mkdtempSync(join(tmpdir(), 'gofleet-e2e-permission-'));
  chmodSync(dir, 0o755);
  // Where nobody may run them: the checkout may lie in a folder of root's.
  cpSync(process.execPath, join(dir, 'node'));
  cpSync(join(root, 'dist'), join(dir, 'dist'), { recursive: true });
  const program = await bench.build(tinyProgram, 'go1.21.13');
  mkdirSync(join(dir, 'scanned', 'locked'), { recursive: true });
  for (const name of ['open', 'closed', 'locked/inside'] as const)
    cpSync(program, join(dir, 'scanned', name));
  chmodSync(join(dir, 'scanned', 'open'), 0o755);
  chmodSync(join(dir, 'scanned', 'closed'), 0o700);
  chmodSync(join(dir, 'scanned', 'locked'), 0o700);
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
  bench?.remove();
});

function scanAsNobody(...places: string[]): { status: number | null; stdout: string; stderr: string } {
  const argv = [join(dir, 'dist', 'gofleet.mjs'), 'scan', ...places];
  const env = { HOME: '/nonexistent', PATH: '/usr/bin:/bin' };
  const who = { uid: nobody, gid: nobody };
  return spawnSync(join(dir, 'node'), argv, { ...who, env, cwd: '/', encoding: 'utf8' });
}

test('what may not be read is named, and the rest is scanned', () => {
  const found = scanAsNobody(join(dir, 'scanned'));
  expect(found.stdout).toContain('example.com/tiny@(devel)');
  expect(found.stderr).toMatch(/scanned\/closed: .*permission/);
  expect(found.stderr).toMatch(/scanned\/locked: .*permission/);
  expect(found.status).toBe(1);
});

test('nothing but what may not be read', () => {
  const { status, stderr } = scanAsNobody(join(dir, 'scanned', 'closed'));
  expect(stderr).toMatch(/closed: .*permission/);
  expect(status).toBe(3);
});
