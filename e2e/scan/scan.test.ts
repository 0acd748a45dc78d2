import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectFile } from '@gofleet/filesystem/inspect-file';
import { parseBuildInfo, renderBuildInfo } from '@gofleet/identify/build-info';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGoBench, type GoBench, type GoOptions, tinyProgram } from '../relink/go-binaries.ts';

let bench: GoBench;
beforeAll(async () => {
  bench = await createGoBench();
});
afterAll(() => bench?.remove());

/** What `go version -m` says: the release, and the recorded lines. */
function goVersionOf(path: string): { goVersion: string; text: string } {
  const output = execFileSync(bench.local.path, ['version', '-m', path], { encoding: 'utf8' });
  const [first = '', ...lines] = output.replace(/\n$/, '').split('\n');
  const text = lines.map((line) => `${line.slice(1)}\n`).join('');
  return { goVersion: first.slice(path.length + 2), text };
}

async function expectAgreement(path: string): Promise<void> {
  const [facts, go] = [await inspectFile(path), goVersionOf(path)];
  expect(facts.goVersion).toBe(go.goVersion);
  if (!facts.buildInfo) return expect(go.text).toBe('');
  const { text: _, ...expected } = parseBuildInfo(go.text, go.goVersion);
  expect(facts.buildInfo).toMatchObject(expected);
  expect(renderBuildInfo(facts.buildInfo)).toBe(go.text);
}

const builds: readonly (GoOptions & { readonly name: string; readonly goVersion: string })[] = [
  { name: 'amd64', goVersion: 'go1.21.13' },
  { name: 'amd64 stripped', goVersion: 'go1.21.13', flags: ['-ldflags=-s -w'] },
  { name: 'amd64 position-independent', goVersion: 'go1.21.13', flags: ['-trimpath', '-buildmode=pie'] },
  { name: 'amd64 without build ID', goVersion: 'go1.21.13', flags: ['-ldflags=-buildid= -X "main.a=b c"'] },
  { name: '386', goVersion: 'go1.21.13', env: { GOARCH: '386' } },
  { name: '32 bits, big endian', goVersion: 'go1.21.13', env: { GOARCH: 'mips' } },
  { name: '64 bits, big endian', goVersion: 'go1.21.13', env: { GOARCH: 's390x' } },
  { name: 'freebsd', goVersion: 'go1.21.13', env: { GOOS: 'freebsd' } },
  { name: 'Mach-O', goVersion: 'local', env: { GOOS: 'darwin', GOARCH: 'arm64' } },
  {
    name: 'Mach-O, stripped',
    goVersion: 'local',
    env: { GOOS: 'darwin', GOARCH: 'arm64' },
    flags: ['-ldflags=-s -w'],
  },
  { name: 'PE', goVersion: 'local', env: { GOOS: 'windows' } },
  { name: 'PE, stripped', goVersion: 'local', env: { GOOS: 'windows' }, flags: ['-ldflags=-s -w'] },
  { name: 'XCOFF', goVersion: 'local', env: { GOOS: 'aix', GOARCH: 'ppc64' } },
  { name: 'pointers to strings', goVersion: 'go1.17.13' },
  { name: 'pointers to strings, 32 bits, big endian', goVersion: 'go1.17.13', env: { GOARCH: 'mips' } },
];

test.each(builds)(
  'agrees with go version -m: $name, $goVersion',
  async ({ goVersion, name: _, ...options }) => {
    const path = await bench.build(tinyProgram, goVersion, options);
    await expectAgreement(path);
    const facts = await inspectFile(path);
    if (goVersion !== 'go1.17.13') expect(facts.arch).toBe(options.env?.GOARCH ?? 'amd64');
    const flags = options.flags?.join(' ') ?? '';
    expect(facts.stripped).toBe(flags.includes('-s -w'));
    expect(facts.buildIdSegments).toHaveLength(flags.includes('-buildid=') ? 0 : 4);
    expect(facts.bytesRead).toBeLessThanOrEqual(16 << 10);
  },
);

test('WebAssembly, which go version cannot read: what is left is the same as in a program for Linux', async () => {
  const [wasm, native] = await Promise.all(
    [{ GOOS: 'js', GOARCH: 'wasm' }, {}].map(async (env) =>
      inspectFile(await bench.build(tinyProgram, 'local', { env })),
    ),
  );
  expect(wasm).toMatchObject({ format: 'wasm', os: 'js', arch: 'wasm', goVersion: native?.goVersion });
  expect(wasm?.buildInfo?.main).toEqual(native?.buildInfo?.main);
  expect(wasm?.buildIdSegments).toHaveLength(4);
});

/** Removes the section headers from an ELF file of 64 bits. */
function withoutSections(path: string): string {
  const bytes = readFileSync(path);
  bytes.fill(0, 40, 48);
  bytes.fill(0, 58, 64);
  const copy = `${path}-bare`;
  writeFileSync(copy, bytes);
  return copy;
}

test('section headers removed: the same answers from the program headers', async () => {
  for (const goVersion of ['go1.21.13', 'go1.17.13']) {
    const path = await bench.build(tinyProgram, goVersion);
    const bare = withoutSections(path);
    await expectAgreement(bare);
    const [before, after] = [await inspectFile(path), await inspectFile(bare)];
    expect(after.buildId).toBe(before.buildId);
    expect(after.fingerprint).toEqual(before.fingerprint);
  }
});

test('without build info, as before Go 1.13: the release by its symbol', async () => {
  for (const env of [{}, { GOARCH: 'mips' }]) {
    const path = await bench.build(tinyProgram, 'go1.17.13', { env });
    const bytes = readFileSync(path);
    bytes.write('nothing here..', bytes.indexOf('\xff Go buildinf:', 0, 'latin1'), 'latin1');
    writeFileSync(`${path}-old`, bytes);
    const facts = await inspectFile(`${path}-old`);
    expect(facts).toMatchObject({ goVersion: 'go1.17.13', grade: 'claimed', buildInfo: { deps: [] } });
  }
});

test('fingerprints are what a program computes of itself', async () => {
  const main = `package main
import ("crypto/sha256"; "encoding/hex"; "fmt"; "runtime/debug"; "strings"; "golang.org/x/mod/semver")
func main() {
	info, _ := debug.ReadBuildInfo()
	var deps []string
	for _, d := range info.Deps { deps = append(deps, d.Path + "@" + d.Version) }
	modules := sha256.Sum256([]byte(strings.Join(deps, ";")))
	full := sha256.Sum256([]byte(info.String()))
	fmt.Println(hex.EncodeToString(modules[:])[:12], hex.EncodeToString(full[:]), semver.IsValid("v1.0.0"))
}
`;
  const files = {
    'go.mod':
      'module example.com/self\n\ngo 1.21\n\nrequire golang.org/x/mod v0.17.0\n\nreplace golang.org/x/mod => golang.org/x/mod v0.16.0\n',
    'go.sum':
      'golang.org/x/mod v0.16.0 h1:QX4fJ0Rr5cPQCF7O9lh9Se4pmwfwskqZfq5moyldzic=\ngolang.org/x/mod v0.16.0/go.mod h1:hTbmBsO62+eylJbnUtE2MGJUyE7QWk4xUqPFrRgJ+7c=\n',
    'main.go': main,
  };
  const path = await bench.build(files, 'go1.21.13');
  const { fingerprint } = await inspectFile(path);
  const said = execFileSync(path, { encoding: 'utf8' }).trim();
  expect(`${fingerprint.modules} ${fingerprint.full} true`).toBe(said);
});

const cli = fileURLToPath(new URL('../../apps/cli/src/bin.ts', import.meta.url));

function gofleet(...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, ...argv], { encoding: 'utf8' });
}
const scan = (...argv: string[]): ReturnType<typeof gofleet> => gofleet('scan', ...argv);

test('the command: files, directories, problems and exit codes', async () => {
  const program = await bench.build(tinyProgram, 'go1.21.13');
  const dir = join(bench.dir, 'scanned');
  mkdirSync(join(dir, 'empty'), { recursive: true });
  writeFileSync(join(dir, 'text'), 'no program');
  symlinkSync(program, join(dir, 'program'));

  const found = scan(dir, '--json');
  expect(found.status).toBe(0);
  expect(JSON.parse(found.stdout)).toMatchObject([
    {
      path: join(dir, 'program'),
      format: 'elf',
      goVersion: 'go1.21.13',
      package: 'example.com/tiny',
      main: { path: 'example.com/tiny', version: '(devel)' },
      settings: { GOOS: 'linux' },
      provenance: { class: 'no-vcs' },
      grade: 'claimed',
    },
  ]);

  const mixed = scan(program, join(dir, 'text'), join(dir, 'missing'));
  expect(mixed.status).toBe(1);
  expect(mixed.stdout).toContain('example.com/tiny@(devel)');
  expect(mixed.stderr).toContain('text: expected an executable');
  expect(mixed.stderr).toContain('missing: no such file');

  expect(scan(join(dir, 'text')).status).toBe(3);
  expect(scan(join(dir, 'empty'))).toMatchObject({ status: 0, stdout: 'no Go program found\n' });
  expect(scan().status).toBe(2);
  const notGo = scan('/bin/sh', '--json');
  expect(notGo.status).toBe(3);
  expect(JSON.parse(notGo.stdout)).toMatchObject([{ path: '/bin/sh', error: { code: 'identify.not-go' } }]);
});

test('one line of JSON per find', async () => {
  const program = await bench.build(tinyProgram, 'go1.21.13');
  const { status, stdout } = scan('--jsonl', program, join(bench.dir, 'nowhere'));
  expect(status).toBe(1);
  const found = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(found).toMatchObject([
    { path: program, goVersion: 'go1.21.13', packed: false },
    { path: join(bench.dir, 'nowhere'), grade: 'unknown', error: { code: 'filesystem.not-found' } },
  ]);
});

test('the difference between two programs', async () => {
  const [old, now] = [
    await bench.build(tinyProgram, 'go1.21.13'),
    await bench.build(tinyProgram, 'go1.17.13'),
  ];
  expect(gofleet('diff', old, old)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('no difference'),
  });
  const { status, stdout } = gofleet('diff', old, now, '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout).differences).toContainEqual({
    kind: 'fact',
    name: 'go',
    before: 'go1.21.13',
    after: 'go1.17.13',
  });
  expect(gofleet('diff', old, '/bin/sh').status).toBe(3);
});

test('the programs of an image', async () => {
  const program = await bench.build(tinyProgram, 'go1.21.13');
  const image = join(bench.dir, 'image.tar');
  await packDockerArchive(
    { repoTag: 'example.com/tiny:v1', entrypoint: ['/tiny'], files: [{ path: '/tiny', source: program }] },
    image,
  );
  const layout = join(bench.dir, 'layout');
  mkdirSync(layout);
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), '{"manifests":[]}');
  const { status, stdout } = scan(image, layout, '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([
    {
      path: `${image}!/tiny`,
      goVersion: 'go1.21.13',
      image: { reference: 'example.com/tiny:v1', entrypoint: ['/tiny'] },
    },
  ]);
});

test('a running process, whose file is deleted', async () => {
  // It waits for its standard input, which never says anything.
  const main = 'package main\n\nimport "os"\n\nfunc main() { os.Stdin.Read(make([]byte, 1)) }\n';
  const sleeper = { ...tinyProgram, 'main.go': main };
  const program = await bench.build(sleeper, 'go1.21.13');
  const running = spawn(program);
  try {
    rmSync(program);
    const { status, stdout } = scan('--pid', String(running.pid), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ path: `/proc/${running.pid}/exe`, goVersion: 'go1.21.13' }]);
  } finally {
    running.kill();
  }
  expect(scan('--pid', 'init').status).toBe(2);
});
