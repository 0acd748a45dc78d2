import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProvenanceStatement } from '@gofleet/build/attest';
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

interface End {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const relink = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): End =>
  gofleet(['relink', ...argv], env);

function gofleet(argv: readonly string[], env: Readonly<Record<string, string>> = {}): End {
  return spawnSync(process.execPath, [cli, ...argv], {
    encoding: 'utf8',
    env: {
      ...process.env,
      ...{ GOFLEET_CACHE: join(bench.dir, 'cache'), XDG_DATA_HOME: join(bench.dir, 'data'), ...env },
    },
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

test('beside the new program lies signed provenance; changed bytes and other keys do not pass', () => {
  const [output, key] = [join(bench.dir, 'stringer-new'), join(bench.dir, 'own.pem')];
  const verify = (...argv: string[]): End => gofleet(['attest', 'verify', output, ...argv]);
  expect(verify()).toMatchObject({ status: 0, stdout: expect.stringContaining('proof      proven') });
  expect(gofleet(['keys', 'new', '--type', 'p256', '-o', key]).status).toBe(0);
  expect(verify('--key', join(bench.dir, 'own.pub'))).toMatchObject({
    ...{ status: 1, stdout: expect.stringContaining('is not signed by the key') },
  });
  relink([stringer, '--go', '1.22.3', '-o', output, '--sign-key', key]);
  const { status, stdout } = verify('--key', join(bench.dir, 'own.pub'), '--json');
  expect(status).toBe(0);
  const { subject, predicate } = (JSON.parse(stdout) as { statement: ProvenanceStatement }).statement;
  expect(subject[0].digest?.sha256).toBe(JSON.parse(stdout).sha256);
  const { resolvedDependencies, externalParameters } = predicate.buildDefinition;
  expect(externalParameters).toMatchObject({ goVersion: 'go1.22.3', godebug: 'keep' });
  expect(resolvedDependencies.map(({ name }) => name)).toContain('golang.org/x/tools@v0.1.12');
  expect(predicate.runDetails.builder.builderDependencies[0]).toMatchObject({
    ...{ name: 'go1.22.3', digest: { dirHash: expect.stringMatching(/^[0-9a-f]{64}$/) } },
  });
  appendFileSync(output, 'more');
  expect(verify('--key', join(bench.dir, 'own.pub')).stdout).toContain('not what the attestation is about');
  expect(codeOf(verify('--attestation', output, '--json').stderr)).toBe('attest.malformed');
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
    [[stringer, '--go', '1.21.99', '--sign-key', '/no/such/key'], 3, 'attest.unreadable-key'],
    [[stringer, '--go', '1.21.99', '--sign-key', stringer], 3, 'attest.unreadable-key'],
    [[stringer, '--go', '1.22.3', '--push'], 2, 'cli.usage'],
  ];
  for (const [argv, status, code] of cases) {
    const end = relink([...argv, '--json']);
    expect({ argv, status: end.status, code: codeOf(end.stderr) }).toEqual({ argv, status, code });
    expect(end.stdout).toBe('');
  }
  expect(relink([stringer]).status).toBe(2);
  expect(relink([stringer, '--go', 'newest']).status).toBe(2);
  expect(relink([stringer, '--go', '1.22.3', '--minimum-grade', 'good']).status).toBe(2);
  for (const limit of [
    ['--limit-memory', '4 lions'],
    ['--limit-disk', '1'],
    ['--limit-cpus', '0'],
  ]) {
    expect(relink([stringer, '--go', '1.22.3', ...limit]).status).toBe(2);
  }
});

test('prove alone: equal, or not with exit code 1 and the cause', async () => {
  const equal = gofleet(['prove', stringer, '--json']);
  expect(equal.status).toBe(0);
  const result = JSON.parse(equal.stdout) as Record<string, unknown>;
  expect(result.reproduction).toMatchObject({ goVersion: 'go1.21.13', equal: true, grade: 'proven' });
  expect(Object.keys(result)).toEqual(['original', 'reproduction']);
  const program = await bench.build(tinyProgram, 'go1.21.13');
  const other = join(bench.dir, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'go.mod'), tinyProgram['go.mod']);
  writeFileSync(join(other, 'main.go'), 'package main\n\nfunc main() { println("another") }\n');
  const claimed = gofleet(['prove', program, '--source', other]);
  expect(claimed).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('source: the source compiles to'),
  });
  expect(codeOf(gofleet(['prove', program, '--source', './gone', '--json']).stderr)).toBe('build.bad-source');
});

test('the labels of its image name the source of a program without a stamp', () => {
  const image = join(bench.dir, 'image');
  const layer = join(image, 'layer');
  const source = join(bench.dir, 'tools');
  const env = { ...process.env, GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'go1.21.13', CGO_ENABLED: '0' };
  cpSync(join(bench.local.modCache, 'golang.org/x/tools@v0.1.12'), source, { recursive: true });
  mkdirSync(layer, { recursive: true });
  const program = join(layer, 'stringer');
  execFileSync(bench.local.path, ['build', '-trimpath', '-o', program, './cmd/stringer'], {
    cwd: source,
    env,
  });
  const labels = { 'org.opencontainers.image.version': '0.1.12' };
  writeFileSync(
    join(image, 'config.json'),
    JSON.stringify({ config: { Entrypoint: ['/stringer'], Labels: labels } }),
  );
  writeFileSync(
    join(image, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', Layers: ['layer.tar'] }]),
  );
  execFileSync('tar', ['-cf', 'layer.tar', '-C', 'layer', 'stringer'], { cwd: image });
  execFileSync('tar', ['-cf', 'image.tar', 'manifest.json', 'config.json', 'layer.tar'], { cwd: image });
  const archive = join(image, 'image.tar');
  const { status, stdout } = gofleet(['prove', program, '--image', archive, '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    reproduction: { grade: 'proven', source: 'golang.org/x/tools@v0.1.12' },
  });
  expect(codeOf(gofleet(['prove', stringer, '--image', archive, '--json']).stderr)).toBe('cli.not-in-image');
});
