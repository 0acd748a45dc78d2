import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compilePodShim } from '../../apps/cli/src/builder/compile-pod-shim.ts';

let root: string;
let work: string;

function write(path: string, text: string | Buffer, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

/** A release that tells how it was started. */
function mount(goVersion: string): void {
  for (const name of ['go', 'gofmt'])
    write(
      join(root, goVersion, 'bin', name),
      `#!/bin/sh\necho "${goVersion} $GOTOOLCHAIN \${GOCACHE#${root}/} \${GOROOT-none} ${name} $*"\n`,
      0o755,
    );
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'gofleet-pod-shim-'));
  work = join(root, 'work');
  const shim = await compilePodShim();
  for (const name of ['go', 'gofmt']) write(join(root, 'bin', name), shim, 0o755);
  for (const goVersion of ['go1.20', 'go1.24.3', 'go1.25.1', 'go1.25.10', 'go1.27rc1']) mount(goVersion);
  mkdirSync(join(root, 'cache'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Case = {
  readonly files?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly name?: string;
};

function run({ files = {}, argv = ['version'], env = {}, name = 'go' }: Case): string {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'sub'), { recursive: true });
  for (const [path, text] of Object.entries(files)) write(join(work, path), text);
  const given = { GOFLEET_DEFAULT_GO: 'go1.24.3', GOTOOLCHAIN: 'local', PATH: '/usr/bin:/bin', ...env };
  const shim = join(root, 'bin', name);
  const { stdout, stderr, status } = spawnSync(shim, argv, { cwd: join(work, 'sub'), env: given });
  return `${stdout}${stderr}${status}`.replaceAll(work, 'WORK').replaceAll(root, 'ROOT');
}

const mod = (...lines: readonly string[]): string => `module example.com/m\n\n${lines.join('\n')}\n`;
const runs = (goVersion: string): RegExp =>
  new RegExp(`^${goVersion.replaceAll('.', '\\.')} local cache/${goVersion.replaceAll('.', '\\.')} none go `);

test.each<[string, Case, string]>([
  ['nothing asks: the default', {}, 'go1.24.3'],
  ['no default is named: the newest', { env: { GOFLEET_DEFAULT_GO: '' } }, 'go1.27rc1'],
  ['.tool-versions above', { files: { '.tool-versions': 'node 22\ngolang 1.25.1 # why\n' } }, 'go1.25.1'],
  ['.tool-versions of a minor', { files: { '.tool-versions': 'golang 1.25\n' } }, 'go1.25.10'],
  ['.tool-versions latest', { files: { '.tool-versions': 'golang latest:1.25\n' } }, 'go1.25.10'],
  ['.tool-versions system', { files: { '.tool-versions': 'golang system\n' } }, 'go1.24.3'],
  [
    'the nearest file counts',
    { files: { '.go-version': '1.25.1\n', 'sub/.tool-versions': 'go 1.27rc1\n' } },
    'go1.27rc1',
  ],
  ['.go-version', { files: { '.go-version': '\ufeff# c\n go1.25.1\r\n' } }, 'go1.25.1'],
  ['go.mod that the default is new enough for', { files: { 'go.mod': mod('go 1.22') } }, 'go1.24.3'],
  ['go.mod that needs a newer one', { files: { 'go.mod': mod('go 1.25.2') } }, 'go1.25.10'],
  ['its toolchain line', { files: { 'go.mod': mod('go 1.22', 'toolchain go1.25.1') } }, 'go1.25.1'],
  ['toolchain default', { files: { 'go.mod': mod('go 1.25.2', 'toolchain default') } }, 'go1.24.3'],
  ['go.work before go.mod', { files: { 'go.work': 'go 1.25.10\n', 'go.mod': mod('go 1.22') } }, 'go1.25.10'],
  ['GOWORK=off', { files: { 'go.work': 'go 1.25.10\n' }, env: { GOWORK: 'off' } }, 'go1.24.3'],
  ['a release candidate is older than its release', { files: { 'go.mod': mod('go 1.27rc1') } }, 'go1.27rc1'],
  [
    'go.mod never makes it older',
    { files: { '.tool-versions': 'golang 1.25.1', 'go.mod': mod('go 1.24.3') } },
    'go1.25.1',
  ],
  [
    'a Go before 1.21 never switches',
    { files: { '.go-version': 'go1.20', 'go.mod': mod('go 1.25.1') } },
    'go1.20',
  ],
  [
    'GOTOOLCHAIN names one',
    { files: { '.go-version': '1.25.1' }, env: { GOTOOLCHAIN: 'go1.25.10' } },
    'go1.25.10',
  ],
  ['-C', { files: { 'other/.go-version': '1.25.1' }, argv: ['build', '-C', '../other', '.'] }, 'go1.25.1'],
  ['GOROOT of the image does not count', { env: { GOROOT: '/usr/local/go' } }, 'go1.24.3'],
])('%s', (_, given, goVersion) => {
  expect(run(given)).toMatch(runs(goVersion));
});

test.each<[string, Case, string]>([
  [
    'a version file',
    { files: { '.tool-versions': 'golang 1.23.4\n' } },
    'WORK/.tool-versions:1 wants go1.23.4',
  ],
  ['a minor', { files: { '.go-version': '1.26\n' } }, 'WORK/.go-version:1 wants go1.26'],
  ['a go.mod', { files: { 'go.mod': mod('go 1.28') } }, 'WORK/go.mod:3 wants go1.28 or newer'],
  ['GOTOOLCHAIN', { env: { GOTOOLCHAIN: 'go1.23.4' } }, 'GOTOOLCHAIN wants go1.23.4'],
])('what %s wants and is not mounted is named, with what is', (_, given, wanted) => {
  expect(run(given)).toBe(
    `gofleet: ${wanted}; mounted here: go1.20, go1.24.3 (default), go1.25.1, go1.25.10, go1.27rc1; add it to spec.toolchain.releases of the GoRuntime\n3`,
  );
});

test('what is no version is named', () => {
  expect(run({ files: { '.go-version': 'stable\n' } })).toBe(
    'gofleet: WORK/.go-version:1: "stable" is no Go release\n3',
  );
});

test("Go's own rule for who asks for it, a cache of the user's own, and gofmt", () => {
  expect(run({ env: { GOTOOLCHAIN: 'auto' } })).toMatch(/^go1\.24\.3 auto /);
  expect(run({ env: { GOCACHE: '/mine' } })).toMatch(/^go1\.24\.3 local \/mine /);
  expect(run({ env: { GOCACHE: `${root}/cache/go1.25.1` } })).toMatch(/^go1\.24\.3 local cache\/go1\.24\.3 /);
  expect(run({ name: 'gofmt', argv: ['-l', 'a b'] })).toMatch(/ gofmt -l a b\n0$/);
});
