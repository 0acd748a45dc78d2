import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectFile } from '@gofleet/filesystem/inspect-file';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGoBench, type GoBench, tinyProgram } from './go-binaries.ts';

const cli = fileURLToPath(new URL('../../apps/cli/src/bin.ts', import.meta.url));

let bench: GoBench;
let stringer: string;
beforeAll(async () => {
  bench = await createGoBench();
  stringer = await bench.install('golang.org/x/tools/cmd/stringer@v0.1.12', 'go1.21.13');
});
afterAll(() => bench?.remove());

function relink(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, 'relink', ...argv], {
    encoding: 'utf8',
    env: { ...process.env, GOFLEET_CACHE: join(bench.dir, 'cache'), ...env },
  });
}

const codeOf = (stderr: string): string => {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  return (JSON.parse(line) as { error: { code: string } }).error.code;
};

test('prints what it did as JSON and writes the new program', async () => {
  const output = join(bench.dir, 'stringer-new');
  const { status, stdout } = relink([stringer, '--go', '1.22.3', '-o', output, '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    original: { goVersion: 'go1.21.13', main: { path: 'golang.org/x/tools', version: 'v0.1.12' } },
    reproduction: { goVersion: 'go1.21.13', equal: true, grade: 'proven', differences: [] },
    artefact: { goVersion: 'go1.22.3', grade: 'proven' },
  });
  expect((await inspectFile(output)).goVersion).toBe('go1.22.3');
  expect(spawnSync(output, ['-help'], { encoding: 'utf8' }).stderr).toContain('Usage of stringer');
});

test('asked again it needs no go command, and says the same for eyes', () => {
  const again = relink([stringer, '--go', '1.22.3'], { GOFLEET_GO: '/no/such/go', PATH: '' });
  expect(again).toMatchObject({ status: 0, stderr: '' });
  expect(again.stdout).toContain('proof      proven: bit for bit equal');
  expect(again.stdout).toMatch(/^artefact {3}go1\.22\.3/m);
});

test('bad input ends with a code and an exit code', async () => {
  const devel = await bench.build(tinyProgram, 'go1.21.13');
  const cases: readonly (readonly [string[], number, string])[] = [
    [['/bin/sh', '--go', '1.22.3'], 3, 'identify.not-go'],
    [['/no/such/file', '--go', '1.22.3'], 3, 'filesystem.not-found'],
    [[devel, '--go', '1.22.3'], 3, 'build.no-provenance'],
    [[stringer, '--go', '1.21.99'], 3, 'build.unknown-go-version'],
    [[stringer, '--go', '>=1.99'], 3, 'resolve.no-such-go-version'],
    [[stringer, '--go', '1.22.3', '-o', '/no/such/dir/file'], 3, 'cli.cannot-write'],
  ];
  for (const [argv, status, code] of cases) {
    const end = relink([...argv, '--json']);
    expect({ argv, status: end.status, code: codeOf(end.stderr) }).toEqual({ argv, status, code });
    expect(end.stdout).toBe('');
  }
  expect(relink([stringer]).status).toBe(2);
  expect(relink([stringer, '--go', 'newest']).status).toBe(2);
  expect(relink([stringer, '--go', '1.22.3', '--minimum-grade', 'good']).status).toBe(2);
});
