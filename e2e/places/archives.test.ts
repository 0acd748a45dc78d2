import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeTar } from '@gofleet/testkit/archive-maker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureInstalled } from '../identify/debian-tools.ts';
import { createGoBench, type GoBench, tinyProgram } from '../relink/go-binaries.ts';
import { runGofleet } from './run-gofleet.ts';

let bench: GoBench;
let program: string;
let dir: string;

beforeAll(async () => {
  bench = await createGoBench();
  program = await bench.build(tinyProgram, 'go1.21.13');
  dir = join(bench.dir, 'archives');
  mkdirSync(join(dir, 'tree/usr/bin'), { recursive: true });
  copyFileSync(program, join(dir, 'tree/usr/bin/tiny'));
});
afterAll(() => bench?.remove());

const run = (name: string, ...argv: string[]): void => {
  execFileSync(name, argv, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
};

interface Found {
  readonly path: string;
  readonly goVersion?: string;
  readonly error?: { readonly code: string };
}

async function scan(...paths: string[]): Promise<{ code: number; found: Found[] }> {
  const { code, stdout } = await runGofleet(['scan', ...paths, '--json']);
  return { code, found: JSON.parse(stdout) as Found[] };
}

function makeDeb(compression: string): string {
  mkdirSync(join(dir, 'deb'), { recursive: true });
  run('cp', '-r', 'tree/usr', 'deb/');
  mkdirSync(join(dir, 'deb/DEBIAN'), { recursive: true });
  const control =
    'Package: tiny\nVersion: 1\nArchitecture: amd64\nMaintainer: a <a@b.test>\nDescription: d\n';
  writeFileSync(join(dir, 'deb/DEBIAN/control'), control);
  run('dpkg-deb', `-Z${compression}`, '--root-owner-group', '-b', 'deb', `tiny-${compression}.deb`);
  return join(dir, `tiny-${compression}.deb`);
}

async function makeRpm(payload: string): Promise<string> {
  const rpmbuild = await ensureInstalled('/usr/bin/rpmbuild', 'rpm');
  const spec = join(dir, 'tiny.spec');
  const head = 'Name: tiny\nVersion: 1\nRelease: 1\nSummary: s\nLicense: x\nAutoReqProv: no\n';
  writeFileSync(
    spec,
    `${head}%description\nd\n%files\n/usr/bin/tiny\n%install\ncp -r ${dir}/tree/usr %{buildroot}/\n`,
  );
  const out = join(dir, `rpm-${payload}`);
  const defines = [
    `_topdir ${dir}/rpmbuild`,
    `_rpmdir ${out}`,
    `_binary_payload ${payload}`,
    '__os_install_post %{nil}',
  ];
  execFileSync(rpmbuild, ['-bb', ...defines.flatMap((define) => ['--define', define]), spec], {
    stdio: 'pipe',
  });
  const [name = ''] = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((each) =>
    each.endsWith('.rpm'),
  );
  return join(out, name);
}

test('packages and archives as their own tools make them', async () => {
  const packages = [
    ...['gzip', 'xz', 'zstd', 'none'].map(makeDeb),
    await makeRpm('w9.gzdio'),
    await makeRpm('w6.xzdio'),
    await makeRpm('w3.zstdio'),
  ];
  for (const [name, flag] of [
    ['tiny.tar', ''],
    ['tiny.tar.gz', 'z'],
    ['tiny.tar.xz', 'J'],
  ] as const) {
    run('tar', `c${flag}f`, name, '-C', 'tree', 'usr');
    packages.push(join(dir, name));
  }
  run(await ensureInstalled('/usr/bin/zip', 'zip'), '-qr', 'tiny-1-py3-none-any.whl', 'tree');
  const { code, found } = await scan(...packages, join(dir, 'tiny-1-py3-none-any.whl'));
  expect(found).toHaveLength(packages.length + 1);
  for (const { path, goVersion } of found) {
    expect(path).toMatch(/usr\/bin\/tiny$/);
    expect(goVersion).toBe('go1.21.13');
  }
  expect(code).toBe(0);
});

test('cut off in the middle: each is told, and the rest goes on', async () => {
  const whole = ['tiny-xz.deb', 'tiny-gzip.deb', 'tiny.tar.xz', 'tiny-1-py3-none-any.whl'].map((name) => {
    const cut = join(dir, `cut-${name}`);
    copyFileSync(join(dir, name), cut);
    truncateSync(cut, Math.floor(readFileSync(cut).length / 2));
    return cut;
  });
  const { code, found } = await scan(...whole, program);
  expect(code).toBe(1);
  expect(found.filter(({ goVersion }) => goVersion)).toMatchObject([{ path: program }]);
  const broken = found.filter(({ error }) => error?.code === 'oci.broken-archive');
  expect(broken.map(({ path }) => path.split('!')[0]).sort()).toEqual([...whole].sort());
});

test('a path that leads out of the archive: told, and nothing is written', async () => {
  const outside = join(dir, 'trap.tgz');
  writeFileSync(outside, gzipSync(await makeTar({ '../../escaped': readFileSync(program) })));
  const before = readdirSync(dir, { recursive: true }).length;
  const { code, found } = await scan(outside);
  expect(found).toMatchObject([{ error: { code: 'oci.escaping-path' } }]);
  expect(code).toBe(3);
  expect(readdirSync(dir, { recursive: true })).toHaveLength(before);
});

test('without the program that unpacks what rpm packs with xz: told, with its package', async () => {
  const { code, stderr } = await runGofleet(['scan', await makeRpm('w6.xzdio')], { PATH: '/nowhere' });
  expect(code).toBe(3);
  expect(stderr).toMatch(/needs the program "xz" \(oci\.missing-program\): install the package xz-utils/);
});

test('a large program in a compressed archive, its build info in the middle', async () => {
  const files = {
    ...tinyProgram,
    'main.go':
      'package main\n\nimport _ "embed"\n\n//go:embed data\nvar data string\n\nfunc main() { println(len(data), data) }\n',
    data: 'the quick brown fox '.repeat(2_500_000),
  };
  const large = await bench.build(files, 'go1.21.13');
  copyFileSync(large, join(dir, 'large'));
  run('tar', 'czf', 'large.tgz', 'large');
  const [alone, inside] = (await scan(large, join(dir, 'large.tgz'))).found;
  const { bytesRead: _, path: _path, ...facts } = alone as Found & { bytesRead: number };
  expect(inside).toMatchObject(facts);
});

test('not there, and neither a program nor an archive: a line each, and the rest goes on', async () => {
  const text = join(dir, 'text');
  writeFileSync(text, 'no archive');
  const { code, stdout, stderr } = await runGofleet(['scan', text, join(dir, 'missing'), program]);
  expect(code).toBe(1);
  expect(stdout).toContain('go1.21.13');
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/text: expected an executable.*\(identify\.not-executable\)/),
    expect.stringMatching(/missing: no such file \(filesystem\.not-found\)/),
  ]);
});

test('what runs on this machine, each executable once', async () => {
  const { found } = await scan('--host');
  const own = (found as (Found & { pids?: number[] })[]).filter(({ pids }) => pids);
  for (const { goVersion, pids } of own) expect([goVersion, pids?.length]).not.toContain(0);
  expect(new Set(own.flatMap(({ pids }) => pids ?? [])).size).toBe(
    own.flatMap(({ pids }) => pids ?? []).length,
  );
});
