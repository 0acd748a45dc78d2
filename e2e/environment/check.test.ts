import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding } from '@gofleet/base/finding';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createStage, installTools, machineGo, otherGo, type Stage } from './stage.ts';

const bin = join(dirname(fileURLToPath(import.meta.url)), '../../apps/cli/src/bin.ts');

let stage: Stage;
let mounts: string[] = [];
beforeAll(() => installTools('sshfs', 'openssh-sftp-server'));
beforeEach(() => {
  stage = createStage();
});
afterEach(() => {
  for (const mount of mounts.reverse()) spawnSync('umount', [mount]);
  mounts = [];
  stage.remove();
});

type Environment = Readonly<Record<string, string | undefined>>;

function check(
  env: Environment = {},
  args: readonly string[] = [],
): { code: number | null; findings: Finding[] } {
  const { code, stdout, stderr } = stage.gofleet(['env', 'check', '--json', ...args], { env });
  expect(stderr).toBe('');
  return { code, findings: (JSON.parse(stdout) as { findings: Finding[] }).findings };
}

/** The one finding of a code, which must be there; the exit code says that there are findings. */
function find(code: string, env: Environment = {}, args: readonly string[] = []): Finding {
  const { code: exit, findings } = check(env, args);
  const found = findings.filter((each) => each.code === code);
  expect(found, JSON.stringify(findings)).toHaveLength(1);
  expect(exit).toBe(1);
  return found[0] as Finding;
}

/** Runs the fix of a finding in a shell, and the check again with the environment that the shell has then. */
function fix({ hint = '' }: Finding, env: Environment = {}): string[] {
  const script = `set -e\n${hint}\nexec "$0" "$@"`;
  const argv = ['-c', script, process.execPath, bin, 'env', 'check', '--json'];
  const { stdout, stderr } = stage.run('bash', argv, { env });
  expect(stdout, stderr).not.toBe('');
  return (JSON.parse(stdout) as { findings: Finding[] }).findings.map(({ code }) => code);
}

function mount(name: string, ...options: string[]): string {
  const path = join(stage.dir, name);
  mkdirSync(path);
  const { code, stderr } = stage.run('mount', [...options, path]);
  expect(code, stderr).toBe(0);
  mounts.push(path);
  return path;
}

const tmpfs = (name: string, options: string): string => mount(name, '-t', 'tmpfs', '-o', options, 'none');

const otherRoot = (): string => {
  const { stdout } = stage.gofleet(['env', '--json', '--go', otherGo]);
  return (JSON.parse(stdout) as { goRoot: string }).goRoot;
};

test('a machine in order has no findings', () => {
  expect(check()).toEqual({ code: 0, findings: [] });
});

test('GOROOT that is no Go release', () => {
  const goRoot = join(stage.dir, 'nothing');
  mkdirSync(goRoot);
  const finding = find('build.no-goroot', { GOROOT: goRoot });
  expect(finding.message).toContain(
    `GOROOT=${goRoot} in the environment is no Go release: it has no VERSION`,
  );
  expect(fix(finding, { GOROOT: goRoot })).toEqual([]);
});

test('GOROOT of another release than the go in PATH, from the environment or from go env -w', () => {
  const goRoot = otherRoot();
  const finding = find('build.inherited-goroot', { GOROOT: goRoot });
  expect(finding.message).toContain(`is go${otherGo}, the go command in PATH is go`);
  expect(fix(finding, { GOROOT: goRoot })).toEqual([]);
  // That this breaks builds is not an opinion.
  stage.write({ 'go.mod': 'module shop.example/x\n\ngo 1.21\n', 'x.go': 'package x\n' });
  expect(stage.run('go', ['build', '-a', '.'], { env: { GOROOT: goRoot } }).stderr).toContain(
    'does not match go tool version',
  );
  mkdirSync(join(stage.home, '.config/go'), { recursive: true });
  writeFileSync(join(stage.home, '.config/go/env'), `GOPROXY=off\nGOROOT=${goRoot}\n`);
  expect(find('build.inherited-goroot')).toMatchObject({
    message: expect.stringContaining(`${stage.home}/.config/go/env:2`),
    hint: 'go env -u GOROOT',
  });
});

/** A tree with the real programs of the installed release, and what a test changes. */
function copyOfRelease(version?: string): string {
  const own = stage.run('go', ['env', 'GOROOT']).stdout.trim();
  const goRoot = join(stage.dir, 'sdk');
  mkdirSync(join(goRoot, 'src/runtime'), { recursive: true });
  for (const part of ['bin', 'pkg/tool', 'VERSION', 'go.env'])
    cpSync(join(own, part), join(goRoot, part), { recursive: true });
  if (version !== undefined) writeFileSync(join(goRoot, 'VERSION'), `${version}\n`);
  return goRoot;
}

test('a release that was unpacked over another one', () => {
  const goRoot = copyOfRelease('go1.25.1');
  const finding = find('build.mixed-goroot', { PATH: `${goRoot}/bin:${stage.env.PATH}` });
  expect(finding.message).toMatch(/VERSION says go1\.25\.1, bin\/go was built as go1\.\d+/);
});

test('a GOROOT that others can write to', () => {
  const goRoot = copyOfRelease();
  chmodSync(join(goRoot, 'src/runtime'), 0o777);
  const env = { PATH: `${goRoot}/bin:${stage.env.PATH}` };
  const finding = find('build.goroot-writable', env);
  expect(finding.message).toContain('others can change the release');
  expect(fix(finding, env)).toEqual([]);
});

/** The release of this machine in gofleet's own place, as "toolchain install" leaves it. */
function install(version: string): { readonly platform: string } {
  const [os, arch, goRoot] = stage.run('go', ['env', 'GOOS', 'GOARCH', 'GOROOT']).stdout.split('\n') as [
    string,
    string,
    string,
  ];
  const installed = join(stage.dir, 'gofleet/toolchains', `go${version}.${os}-${arch}`);
  mkdirSync(dirname(installed), { recursive: true });
  symlinkSync(goRoot, installed);
  return { platform: `${os}_${arch}` };
}

test('two compilers with one version, and env that keeps their results apart', () => {
  const goRoot = copyOfRelease();
  const { platform } = install(machineGo());
  writeFileSync(join(goRoot, 'pkg/tool', platform, 'compile'), 'patched', { flag: 'a' });
  const env = { PATH: `${goRoot}/bin:${stage.env.PATH}` };
  expect(find('build.same-version-other-compiler', env).message).toContain('different compilers');
  const { stdout } = stage.gofleet(['env', '--json'], { env });
  const { variables } = JSON.parse(stdout) as { variables: { name: string; value: string }[] };
  expect(variables.find(({ name }) => name === 'GOCACHE')?.value).toMatch(
    /go-build-go1\.[\d.]+-[0-9a-f]{8}$/,
  );
});

test('GOBIN of another release', () => {
  const gobin = join(otherRoot(), 'bin');
  const finding = find('build.inherited-gobin', { GOBIN: gobin });
  expect(finding.message).toContain(`belongs to go${otherGo}`);
  expect(fix(finding, { GOBIN: gobin })).toEqual([]);
  expect(find('build.inherited-gobin', { GOBIN: '/home/a/.goenv/versions/1.20.4/bin' }).message).toContain(
    'go1.20.4',
  );
});

test('GOFLAGS that this release does not know', () => {
  const finding = find('build.inherited-goflags', { GOFLAGS: '-trimpath -no-such-flag' });
  expect(finding.message).toContain('unknown flag -no-such-flag');
  expect(fix(finding, { GOFLAGS: '-no-such-flag' })).toEqual([]);
});

test('GOTOOLCHAIN that switches behind us', () => {
  const named = { GOTOOLCHAIN: 'go1.20.1' };
  stage.write({ 'go.mod': 'module shop.example/x\n' });
  const version = machineGo();
  const finding = find('build.toolchain-switch', named, ['--go', version]);
  expect(finding).toMatchObject({ severity: 'error', hint: 'export GOTOOLCHAIN=local' });
  expect(fix(finding, named)).toEqual([]);
  const old = { PATH: `${otherRoot()}/bin:${stage.env.PATH}`, GOTOOLCHAIN: 'auto' };
  install(version);
  expect(find('build.toolchain-switch', old, ['--go', version]).message).toContain(
    `lets go${otherGo} in PATH replace itself`,
  );
});

test('another go in PATH than the wanted one', () => {
  const finding = find('build.other-go', {}, ['--go', otherGo]);
  expect(finding.message).toContain(`go${otherGo} is wanted`);
  expect(finding.hint).toBe(`eval "$(gofleet env --go ${otherGo} --shell)"`);
});

test('GOSUMDB off, and patterns that take everything out of verification', () => {
  const finding = find('build.sumdb-off', { GOSUMDB: 'off' });
  expect(fix(finding, { GOSUMDB: 'off' })).toEqual([]);
  expect(find('build.sumdb-off', { GONOSUMDB: '*' }).message).toContain('GONOSUMDB=*');
});

test('direct in GOPROXY: found in ci, not in local', () => {
  const env = { GOPROXY: 'https://proxy.example,direct' };
  expect(find('build.proxy-direct', env, ['--scenario', 'ci']).hint).toBe(
    'export GOPROXY=https://proxy.example',
  );
  expect(check(env).findings).toEqual([]);
});

test('a file of go env -w with lines that go passes over in silence', () => {
  mkdirSync(join(stage.home, '.config/go'), { recursive: true });
  const file = join(stage.home, '.config/go/env');
  writeFileSync(file, 'GOPROXY=off\ngoflags=-mod=mod\n');
  const finding = find('build.malformed-env-file');
  expect(finding.message).toContain(`${file}:2: "goflags=-mod=mod"`);
  expect(fix(finding)).toEqual([]);
});

test('caches: relative, no directory, on a full file system', () => {
  expect(find('build.directory-unusable', { GOCACHE: 'cache' }).message).toContain('not an absolute path');
  writeFileSync(join(stage.dir, 'file'), '');
  expect(find('build.directory-unusable', { GOCACHE: join(stage.dir, 'file') }).message).toContain(
    'is no directory',
  );
  const small = tmpfs('small', 'size=1m');
  expect(find('build.no-space', { GOCACHE: small }).message).toContain(`1.0 MiB left on ${small}`);
  const few = tmpfs('few', 'size=4g,nr_inodes=100');
  expect(find('build.no-space', { GOCACHE: few }).message).toContain('room for 99 files');
});

test('a cache on a file system that is mounted read-only', () => {
  const path = tmpfs('readonly', 'ro,size=4g');
  expect(find('build.directory-not-writable', { GOCACHE: path }).message).toContain(
    `${path} is mounted read-only`,
  );
});

test('a cache of another user, which this one cannot write to', () => {
  const path = join(stage.dir, 'foreign');
  mkdirSync(path, { mode: 0o755 });
  chownSync(path, 12345, 12345);
  // Root without its powers is a user like any other.
  const argv = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, bin, 'env', 'check', '--json'];
  const { stdout } = stage.run('setpriv', argv, { env: { GOCACHE: path } });
  const codes = (JSON.parse(stdout) as { findings: Finding[] }).findings.map(({ code }) => code);
  expect(codes.sort()).toEqual(['build.directory-not-writable', 'build.foreign-cache']);
  const finding = find('build.foreign-cache', { GOCACHE: path });
  expect(finding.message).toContain('belongs to user 12345');
  expect(fix(finding, { GOCACHE: path })).toEqual([]);
});

test('a cache on a network file system', () => {
  const [path, source, ssh] = ['remote', 'source', 'ssh'].map((name) => join(stage.dir, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(path);
  mkdirSync(source);
  writeFileSync(ssh, '#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n', { mode: 0o755 });
  const { code, stderr } = stage.run('sshfs', ['-o', `ssh_command=${ssh}`, `host.example:${source}`, path]);
  expect(code, stderr).toBe(0);
  mounts.push(path);
  const finding = find('build.network-file-system', { GOCACHE: path });
  expect(finding.message).toContain(`network file system (fuse.sshfs at ${path})`);
});

test('GOTMPDIR that is not there, and one where nothing can be started', () => {
  const gone = join(stage.dir, 'gone');
  const finding = find('build.directory-unusable', { GOTMPDIR: gone });
  expect(finding.hint).toBe(`mkdir -p ${gone}`);
  expect(fix(finding, { GOTMPDIR: gone })).toEqual([]);
  const noexec = tmpfs('noexec', 'noexec,size=4g');
  expect(find('build.noexec', { GOTMPDIR: noexec }).message).toContain('cannot be started');
});

test.each([
  ['-a -trimpath', 'build.flags-defeat-cache', 'export GOFLAGS=-trimpath'],
  ['-count=1', 'build.flags-defeat-cache', 'unset GOFLAGS'],
  ['-toolexec=/bin/true', 'build.flags-poison-cache', 'unset GOFLAGS'],
  ['-ldflags=-X=main.built=2026-11-24T15:00', 'build.flags-defeat-cache', 'unset GOFLAGS'],
  ['-work', 'build.flags-fill-disk', 'unset GOFLAGS'],
])('GOFLAGS=%s', (flags, code, hint) => {
  const finding = find(code, { GOFLAGS: flags });
  expect(finding.hint).toBe(hint);
  expect(fix(finding, { GOFLAGS: flags })).toEqual([]);
});

test('GOFLAGS that leave the cache alone are not reported', () => {
  const env = { GOFLAGS: '-trimpath -mod=mod -buildvcs=false "-ldflags=-s -w -X=main.version=v1.2.3" -p=2' };
  expect(check(env)).toEqual({ code: 0, findings: [] });
});

test('GODEBUG=gocacheverify=1', () => {
  expect(find('build.flags-defeat-cache', { GODEBUG: 'gocacheverify=1' }).hint).toBe('unset GODEBUG');
});

test('a shim in PATH runs what the directory asks for: no finding', () => {
  const goRoot = otherRoot();
  const place = join(stage.dir, 'gofleet/toolchains', goRoot.replace(/^.*toolchain@v0\.0\.1-/, ''));
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(goRoot, place);
  stage.write({ '.go-version': `${otherGo}\n` });
  expect(find('build.other-go').message).toContain(`go${otherGo} is wanted`);
  expect(stage.gofleet(['shims', 'install']).code).toBe(0);
  const shims = join(stage.home, '.local/share/gofleet/shims');
  expect(check({ PATH: `${shims}:${stage.env.PATH}` })).toEqual({ code: 0, findings: [] });
});
