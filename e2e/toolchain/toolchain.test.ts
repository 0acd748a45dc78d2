import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { removeTree } from '@gofleet/filesystem/staging';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CliEnd, runCli, startCli } from './run-cli.ts';
import { noise, TinyUpstream, tinyRelease } from './tiny-upstream.ts';

const root = mkdtempSync(join(tmpdir(), 'gofleet-toolchain-'));
const upstream = new TinyUpstream();
let address: string;
let cache: string;
let count = 0;

beforeAll(async () => {
  for (const release of ['go1.25.10', 'go1.26.9', 'go1.26.10', 'go1.27.4', 'go1.28rc1'])
    upstream.add(release);
  address = await upstream.listen();
});
afterAll(async () => {
  upstream.close();
  await removeTree(root);
});
beforeEach(() => {
  cache = join(root, `cache-${count++}`);
});
afterEach(() => {
  upstream.misbehave = () => undefined;
});

/** A machine without any Go, told by its environment where releases come from and who vouches for them. */
const bareEnv = (): Record<string, string> => ({
  PATH: '/usr/bin:/bin',
  HOME: join(root, 'home'),
  GOFLEET_CACHE: cache,
  GOPROXY: address,
  GOSUMDB: upstream.sums.verifierKey,
});
const gofleet = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliEnd> =>
  runCli(argv, { env: { ...bareEnv(), ...env } });
const visible = (): string[] =>
  existsSync(join(cache, 'toolchains')) ? readdirSync(join(cache, 'toolchains')) : [];
const name = (goVersion: string): string => `${goVersion}.linux-amd64`;
const dirOf = (goVersion: string): string => join(cache, 'toolchains', name(goVersion));

/** One bit of a body is another one. */
function flipped(bytes: Uint8Array, at = Math.floor(bytes.length / 2)): Uint8Array {
  return Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte));
}

test('a machine without Go installs a release, runs it, and asks nobody the second time', async () => {
  const first = await gofleet(['install', '1.26.10']);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.json).toMatchObject([
    {
      dir: dirOf('go1.26.10'),
      already: false,
      record: { proof: { kind: 'checksum-database', by: 'sums.test' } },
    },
  ]);
  expect(visible()).toEqual([name('go1.26.10')]);
  const dir = dirOf('go1.26.10');
  expect(readFileSync(join(dir, 'src/go.mod'), 'utf8')).toBe('module std\n');
  const modeOf = (path: string): number => statSync(join(dir, path)).mode & 0o777;
  expect(['', 'src/fmt', 'bin/go', 'pkg/tool/linux_amd64/compile', 'src/fmt/print.go'].map(modeOf)).toEqual([
    0o555, 0o555, 0o555, 0o555, 0o444,
  ]);
  const asked = upstream.asked.length;
  expect((await gofleet(['install', '1.26.10'])).json).toMatchObject([{ already: true }]);
  expect(upstream.asked.length).toBe(asked);
  const run = await gofleet(
    ['exec', '1.26', '--', 'sh', '-c', 'go version; echo "$GOTOOLCHAIN [$GOROOT]"; exit 7'],
    { GOROOT: '/elsewhere' },
  );
  expect(run).toMatchObject({ code: 7, stdout: 'go version go1.26.10 linux/amd64\nlocal []\n' });
});

test.each([
  ['1.26', 'go1.26.10'],
  ['stable', 'go1.27.4'],
  ['oldstable', 'go1.26.10'],
  ['>=1.25.3 <1.26.10', 'go1.26.9'],
  ['1.28rc1', 'go1.28rc1'],
])('%s means %s', async (version, release) => {
  expect((await gofleet(['install', version])).json).toMatchObject([{ record: { goVersion: release } }]);
});

test('what is installed and what is offered is listed', async () => {
  await gofleet(['install', '1.26.9', '1.25.10']);
  const installed = await gofleet(['list']);
  expect(installed.json.map((it: { name: string }) => it.name)).toEqual([
    name('go1.25.10'),
    name('go1.26.9'),
  ]);
  expect(installed.json[0].checksumBypasses).toContain('CVE-2026-56864');
  const offered = await gofleet(['list', '--remote']);
  expect(offered.json).toContainEqual({ goVersion: 'go1.26.9', installed: true, checksumBypasses: [] });
});

const forgeries: readonly (readonly [string, (path: string) => boolean])[] = [
  ['the zip', (path) => path.endsWith('.zip')],
  ['a tile', (path) => path.includes('/tile/8/0/')],
  ['a tile of the top', (path) => path.includes('/tile/8/1/')],
  ['the answer of the database', (path) => path.includes('/lookup/')],
];
test.each(forgeries)('one flipped bit in %s: refused, nothing installed', async (_what, matches) => {
  upstream.misbehave = (path, body) => (matches(path) ? { body: flipped(body) } : undefined);
  const { code, error } = await gofleet(['install', '1.26.9']);
  expect({ code, error }).toEqual({
    code: 3,
    error: expect.stringMatching(
      /^(resolve\.(wrong-checksum|forged-tree|bad-signature|malformed-[a-z-]+|no-such-go-version)|filesystem\.corrupt-archive)$/,
    ),
  });
  expect(visible()).toEqual([]);
});

/** As {@link flipped}, and still base64. */
function forgedSignature(bytes: Uint8Array): Uint8Array {
  const [a = 0, b = 0] = Buffer.from('AB');
  return bytes.with(-20, bytes.at(-20) === a ? b : a);
}

test('another character in the signature is refused', async () => {
  upstream.misbehave = (path, body) =>
    path.includes('/lookup/') ? { body: forgedSignature(body) } : undefined;
  expect(await gofleet(['install', '1.26.9'])).toMatchObject({ code: 3, error: 'resolve.bad-signature' });
  expect(visible()).toEqual([]);
});

test("another release's zip, and an empty or unrelated answer of the database, are refused", async () => {
  upstream.misbehave = (path) =>
    path.endsWith('1.26.9.linux-amd64.zip') ? { body: upstream.zipOf('go1.26.10') } : undefined;
  expect(await gofleet(['install', '1.26.9'])).toMatchObject({
    code: 3,
    error: 'filesystem.corrupt-archive',
  });
  expect(visible()).toEqual([]);
  for (const body of [Buffer.of(), upstream.sums.read('lookup/example.com/m@v1.0.7') ?? Buffer.of()]) {
    cache = `${cache}x`;
    upstream.misbehave = (path) => (path.includes('/lookup/') ? { body } : undefined);
    expect((await gofleet(['install', '1.26.9'])).code).toBe(3);
  }
  expect(visible()).toEqual([]);
});

test('a database that shows another history than before is noticed', async () => {
  await gofleet(['install', '1.26.9']);
  const fork = upstream.sums.fork(300);
  fork.add(`golang.org/toolchain v0.0.1-go1.26.10.linux-amd64 h1:forged=\n`);
  const prefix = 'sumdb/sums.test/';
  upstream.misbehave = (path) =>
    path.startsWith(prefix) ? { body: fork.read(path.slice(prefix.length)) ?? Buffer.of() } : undefined;
  expect(await gofleet(['install', '1.26.10'])).toMatchObject({ code: 3, error: 'resolve.forged-tree' });
  expect(visible()).toEqual([name('go1.26.9')]);
});

test('an upstream that goes down half-way: nothing stays, the next after a pipe takes over', async () => {
  const broken = new TinyUpstream();
  broken.add('go1.26.9');
  broken.misbehave = (path) => (path.endsWith('.zip') ? { half: 'cut' } : undefined);
  const other = await broken.listen();
  const sumdb = `${upstream.sums.verifierKey} ${address}/sumdb/sums.test`;
  expect(await gofleet(['install', '1.26.9'], { GOPROXY: other, GOSUMDB: sumdb })).toMatchObject({
    code: 3,
    error: 'resolve.proxy-unreachable',
  });
  expect(visible()).toEqual([]);
  expect(
    (await gofleet(['install', '1.26.9'], { GOPROXY: `${other}|${address}`, GOSUMDB: sumdb })).code,
  ).toBe(0);
  broken.close();
});

test.each<[string, string[], Record<string, string>, string]>([
  ['an unknown release', ['install', '1.26.99'], {}, 'resolve.no-such-go-version'],
  ['an unknown minor', ['install', '1.99'], {}, 'resolve.no-such-go-version'],
  ['no version', ['install', 'newest'], {}, 'base.malformed-go-constraint'],
  ['no upstream', ['install', '1.26.9'], { GOPROXY: 'off' }, 'resolve.no-upstream'],
  [
    'an upstream that is down',
    ['install', '1.26.9'],
    { GOPROXY: 'http://127.0.0.1:1' },
    'resolve.proxy-unreachable',
  ],
  ['no key, and no Go that tells one', ['install', '1.26.9'], { GOSUMDB: 'off' }, 'resolve.no-sumdb'],
  ['what is not installed', ['exec', '1.26', '--', 'true'], {}, 'resolve.not-installed'],
  ['a bundle that is none', ['install', '--from', '/etc/hostname'], {}, 'filesystem.corrupt-archive'],
  ['a folder that is no GOROOT', ['import', '/etc'], {}, 'resolve.not-a-goroot'],
])('%s', async (_what, argv, env, code) => {
  expect(await gofleet(argv, env)).toMatchObject({ code: 3, error: code, stdout: '' });
  expect(visible()).toEqual([]);
});

test('GOSUMDB=off is for modules; GOFLEET_GOSUMDB still vouches for toolchains', async () => {
  expect(
    (await gofleet(['install', '1.26.9'], { GOSUMDB: 'off', GOFLEET_GOSUMDB: upstream.sums.verifierKey }))
      .code,
  ).toBe(0);
});

test('two installs at once', async () => {
  const ends = await Promise.all([
    gofleet(['install', '1.26.9', '1.26.10']),
    gofleet(['install', '1.26.10', '1.26.9']),
  ]);
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(visible().sort()).toEqual([name('go1.26.10'), name('go1.26.9')]);
  expect((await gofleet(['verify'])).code).toBe(0);
});

async function untilDownloading(): Promise<void> {
  while (!visible().some((entry) => entry.endsWith('.archive')))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

test.each(['SIGKILL', 'SIGINT'] as const)('%s in the middle of a download', async (signal) => {
  upstream.misbehave = (path) => (path.endsWith('.zip') ? { half: 'stall' } : undefined);
  const { child, end } = startCli(['install', '1.26.9'], { env: bareEnv() });
  await untilDownloading();
  child.kill(signal);
  const ended = await end;
  if (signal === 'SIGINT') expect(ended).toMatchObject({ code: 3, error: 'cli.interrupted' });
  else expect(ended.code).toBeNull();
  upstream.misbehave = () => undefined;
  if (signal === 'SIGINT') expect(visible()).toEqual([]);
  expect((await gofleet(['list'])).json).toEqual([]);
  expect((await gofleet(['install', '1.26.9'])).code).toBe(0);
  expect(visible()).toEqual([name('go1.26.9')]);
});

/** A file system of its own at the cache, as long as `use` runs. */
async function onTmpfs(options: string, use: () => Promise<void>): Promise<void> {
  mkdirSync(cache);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', cache]);
  try {
    await use();
  } finally {
    execFileSync('umount', [cache]);
  }
}

test('a full disk, a read-only one, and one that may not be written to', async () => {
  upstream.add('go1.24.1', {
    ...tinyRelease('go1.24.1'),
    'src/big.go': noise('big', 20_000),
  });
  await onTmpfs('size=512k', async () => {
    expect(await gofleet(['install', '1.24.1'])).toMatchObject({ code: 3, error: 'filesystem.disk-full' });
    expect(visible()).toEqual([]);
  });
  rmSync(cache, { recursive: true });
  await onTmpfs('ro', async () => {
    expect(await gofleet(['install', '1.24.1'])).toMatchObject({
      code: 3,
      error: 'filesystem.no-permission',
    });
  });
  const end = await runCli(['install', '1.24.1'], { env: bareEnv(), uid: 65_534 });
  expect(end).toMatchObject({ code: 3, error: 'filesystem.no-permission' });
});

test('verify finds what was changed, added, lost or made writable', async () => {
  await gofleet(['install', '1.26.9']);
  const dir = dirOf('go1.26.9');
  for (const folder of [dir, join(dir, 'src'), join(dir, 'src/fmt'), join(dir, 'bin')])
    chmodSync(folder, 0o755);
  chmodSync(join(dir, 'src/fmt/print.go'), 0o644);
  writeFileSync(join(dir, 'src/fmt/print.go'), 'package fmt // changed\n');
  writeFileSync(join(dir, 'src/extra.go'), 'package extra\n', { mode: 0o444 });
  rmSync(join(dir, 'bin/gofmt'));
  const { code, json } = await gofleet(['verify']);
  const codes = json[0].findings.map((finding: { code: string }) => finding.code);
  expect({ code, codes: codes.sort() }).toEqual({
    code: 1,
    codes: [
      'resolve.toolchain-changed',
      'resolve.toolchain-extra-file',
      'resolve.toolchain-missing-file',
      'resolve.toolchain-writable',
      'resolve.wrong-checksum',
    ].sort(),
  });
});

test('verify finds a change even when list and record were made to fit it: the database does not have it', async () => {
  await gofleet(['install', '1.26.9']);
  const dir = dirOf('go1.26.9');
  chmodSync(dir, 0o755);
  const replace = (path: string, change: (text: string) => string): void => {
    const text = change(readFileSync(join(dir, path), 'utf8'));
    rmSync(join(dir, path));
    writeFileSync(join(dir, path), text, { mode: 0o444 });
  };
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const [before, after] = [readFileSync(join(dir, 'VERSION'), 'utf8'), 'go1.26.9\nevil\n'];
  replace('VERSION', () => after);
  replace('.gofleet.files', (list) => list.replace(sha256(before), sha256(after)));
  const list = readFileSync(join(dir, '.gofleet.files'), 'utf8');
  replace('.gofleet.json', (text) => JSON.stringify({ ...JSON.parse(text), filesSha256: sha256(list) }));
  expect(await gofleet(['verify', '1.26.9'], { GOPROXY: 'off' })).toMatchObject({
    code: 1,
    json: [{ database: 'contradicted', findings: [{ code: 'resolve.wrong-checksum' }] }],
  });
});

test('verified again without a network', async () => {
  await gofleet(['install', '1.26.9']);
  expect(await gofleet(['verify'], { GOPROXY: 'off' })).toMatchObject({
    code: 0,
    json: [{ database: 'confirmed', findings: [] }],
  });
});

/** A GOROOT as an archive has it: with what the module leaves out, and go.mod files by their names. */
function makeGoRoot(dir: string, goVersion: string): string {
  for (const [path, content] of Object.entries({
    ...tinyRelease(goVersion),
    'api/go1.txt': 'x',
    'pkg/tool/linux_amd64/pprof': 'x',
  })) {
    const file = join(dir, path.replace('_go.mod', 'go.mod'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: path.startsWith('bin/') ? 0o755 : 0o644 });
  }
  return dir;
}

test('a GOROOT is imported when it is what was released, a changed one only on request', async () => {
  const goRoot = makeGoRoot(join(root, 'home', 'sdk', 'go1.26.9'), 'go1.26.9');
  expect(await gofleet(['import', '--from', 'sdk'])).toMatchObject({
    code: 0,
    json: [{ record: { source: { kind: 'import' }, proof: { kind: 'checksum-database' } } }],
  });
  expect((await gofleet(['verify'])).json).toMatchObject([{ database: 'confirmed', findings: [] }]);
  const changed = join(root, 'changed');
  cpSync(goRoot, changed, { recursive: true });
  writeFileSync(join(changed, 'src/fmt/print.go'), 'package evil\n');
  await gofleet(['uninstall', '1.26.9']);
  expect(await gofleet(['import', changed])).toMatchObject({ code: 3, error: 'resolve.wrong-checksum' });
  expect(visible()).toEqual([]);
  expect(await gofleet(['import', changed, '--allow-unverified'])).toMatchObject({
    code: 0,
    json: [{ record: { proof: { kind: 'none' } } }],
  });
  expect(await gofleet(['import', '--from', 'gvm'])).toMatchObject({
    code: 3,
    error: 'resolve.nothing-to-import',
  });
});

test('a bundle carries releases and their proofs to a machine without a network', async () => {
  const file = join(root, 'bundle.tar');
  expect(await gofleet(['bundle', '1.26.9', '1.26.10', '-o', file])).toMatchObject({
    code: 0,
    json: { toolchains: [name('go1.26.9'), name('go1.26.10')] },
  });
  cache = join(root, 'offline');
  const offline = { GOPROXY: 'off' };
  expect(await gofleet(['install', '--from', file, '1.26.10'], offline)).toMatchObject({
    code: 0,
    json: [{ record: { source: { kind: 'bundle' }, proof: { kind: 'checksum-database' } } }],
  });
  expect((await gofleet(['install', '--from', file], offline)).json).toHaveLength(2);
  expect(await gofleet(['install', '--from', file, '1.27'], offline)).toMatchObject({
    code: 3,
    error: 'resolve.no-such-go-version',
  });
  cache = join(root, 'offline-2');
  const bytes = readFileSync(file);
  writeFileSync(file, flipped(bytes, bytes.indexOf('zoneinfo') + 20_000));
  expect((await gofleet(['install', '--from', file, '1.26.9'], offline)).code).toBe(3);
  expect(visible()).toEqual([]);
});

/** Serves an archive of a release that is older than toolchain modules, and an index of it. */
function serveArchive(goVersion: string): string {
  const dir = makeGoRoot(join(root, goVersion, 'go'), goVersion);
  const bytes = gzipSync(execFileSync('tar', ['-c', '-C', dirname(dir), 'go'], { maxBuffer: 1 << 26 }));
  const file = {
    filename: `${goVersion}.linux-amd64.tar.gz`,
    os: 'linux',
    arch: 'amd64',
    version: goVersion,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    kind: 'archive',
  };
  upstream.serve(`dl/${file.filename}`, bytes);
  upstream.serve(
    'dl/?mode=json&include=all',
    Buffer.from(JSON.stringify([{ version: goVersion, stable: true, files: [file] }])),
  );
  return `${address}/dl/?mode=json&include=all`;
}

test('an old release comes from an index of archives, and its sha256 is checked', async () => {
  const index = serveArchive('go1.16.15');
  upstream.misbehave = (path, body) => (path.endsWith('.tar.gz') ? { body: flipped(body) } : undefined);
  expect(await gofleet(['install', '1.16.15', '--index', index])).toMatchObject({
    code: 3,
    error: 'resolve.wrong-checksum',
  });
  expect(visible()).toEqual([]);
  upstream.misbehave = () => undefined;
  const { code, json } = await gofleet(['install', '1.16', '--index', index]);
  expect({ code, json }).toMatchObject({
    code: 0,
    json: [
      { record: { goVersion: 'go1.16.15', source: { kind: 'archive' }, proof: { kind: 'archive-index' } } },
    ],
  });
  expect((await gofleet(['exec', '1.16', '--', 'go', 'version'])).stdout).toContain('go1.16.15');
});

test('prune removes what a newer release of its minor replaces, uninstall what is named', async () => {
  await gofleet(['install', '1.26.9', '1.26.10', '1.27.4']);
  expect((await gofleet(['prune', '--dry-run'])).json.removed).toEqual([name('go1.26.9')]);
  expect(visible()).toHaveLength(3);
  expect((await gofleet(['prune'])).json.removed).toEqual([name('go1.26.9')]);
  expect((await gofleet(['uninstall', '1.27'])).code).toBe(0);
  expect(visible()).toEqual([name('go1.26.10')]);
});
