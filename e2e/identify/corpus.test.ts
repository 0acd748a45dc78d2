import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { parseBuildInfo, renderBuildInfo } from '@gofleet/identify/build-info';
import { beforeAll, expect, test } from 'vitest';
import { type Corpus, makeCorpus } from './make-corpus.ts';
import { makeSpecials } from './make-specials.ts';

let corpus: Corpus;
let special: Awaited<ReturnType<typeof makeSpecials>>;
/** What `go version -m` says of the programs that it can read, by name. */
let said: ReadonlyMap<string, { readonly goVersion: string; readonly text: string }>;

function goVersionOf(directory: string): typeof said {
  const argv = ['version', '-m', directory];
  const { stdout } = spawnSync(corpus.go.path, argv, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const programs = stdout.split(new RegExp(`^${directory}/`, 'm')).slice(1);
  return new Map(
    programs.map((program) => {
      const [first = '', ...lines] = program.split('\n').slice(0, -1);
      const [name = '', goVersion = ''] = first.split(': ');
      return [name, { goVersion, text: lines.map((line) => `${line.slice(1)}\n`).join('') }];
    }),
  );
}

beforeAll(async () => {
  corpus = await makeCorpus((line) => process.stderr.write(`corpus: ${line}\n`));
  special = await makeSpecials(corpus);
  said = goVersionOf(join(corpus.dir, 'programs'));
});

const inspect = (name: string): BinaryFacts => inspectFileSync(join(corpus.dir, 'programs', name));
const named = (part: RegExp): string[] =>
  corpus.builds.map(({ name }) => name).filter((name) => part.test(name));

test('there are 500 programs, of 12 platforms, that go version -m can read', () => {
  expect(said.size).toBeGreaterThanOrEqual(500);
  const platforms = corpus.builds
    .filter(({ name }) => said.has(name))
    .map(({ env }) => `${env.GOOS}/${env.GOARCH}`);
  expect(new Set(platforms).size).toBeGreaterThanOrEqual(12);
});

test('agrees with go version -m on every one of them, field by field', () => {
  for (const [name, { goVersion, text }] of said) {
    const facts = inspect(name);
    const { text: _, ...expected } = parseBuildInfo(text, goVersion);
    expect({ name, ...facts }).toMatchObject({
      name,
      goVersion,
      grade: 'claimed',
      compiler: 'gc',
      problems: facts.problems,
    });
    expect(facts.buildInfo, name).toMatchObject(expected);
    expect(facts.buildInfo && renderBuildInfo(facts.buildInfo), name).toBe(text);
  }
});

/** Before 1.22 the linker left the symbols in programs for macOS; `go tool nm` lists them. */
const keepsSymbols = /^1\.21\..*-darwin-/;
/** For OpenBSD the linker of 1.22 put an ID of its own in place of an empty one. */
const keepsBuildId = /^1\.22\..*-openbsd-/;

test('the headers tell platform, symbols and build ID as the program was built', () => {
  for (const { name, env, argv } of corpus.builds) {
    const facts = inspect(name);
    const isAbsent = argv.includes('-ldflags=-buildid=') && !keepsBuildId.test(name);
    expect({ name, os: facts.os, arch: facts.arch }).toEqual({ name, os: env.GOOS, arch: env.GOARCH });
    expect(facts.stripped, name).toBe(
      argv.some((flag) => flag.includes('-s -w')) && !keepsSymbols.test(name),
    );
    if (isAbsent) expect(facts.buildId, name).toBe('');
    else expect(facts.buildId, name).not.toBe('');
  }
});

test('a typical ELF file takes 8 KiB at most', () => {
  const typical = named(/^1\.2[1-7].*-linux-.*-(plain|stripped|file|no-build-id|modules|trimpath)$/);
  for (const name of typical) expect(inspect(name).bytesRead, name).toBeLessThanOrEqual(8192);
  expect(typical.length).toBeGreaterThan(200);
});

test('go version cannot read static libraries: they are read by their object', () => {
  const names = named(/-c-archive$/);
  expect(names.filter((name) => said.has(name))).toEqual([]);
  for (const name of names) {
    expect(inspect(name)).toMatchObject({
      member: 'go.o',
      goVersion: `go${name.split('-')[0]}`,
      buildInfo: { main: { path: 'example.com/library' }, settings: { '-buildmode': 'c-archive' } },
    });
  }
});

test('go version cannot read what Go built before 1.13: the release is that of a variable, by its symbol', () => {
  const names = named(/^1\.(5|7|9|10|11|12)\./);
  expect(names).toHaveLength(24);
  expect(names.filter((name) => said.has(name))).toEqual([]);
  for (const name of names) {
    const isStripped = name.endsWith('-stripped');
    const release = isStripped ? undefined : `go${name.split('-')[0]}`;
    expect({ name, ...inspect(name) }).toMatchObject({ name, grade: isStripped ? 'unknown' : 'claimed' });
    expect(inspect(name).goVersion, name).toBe(release);
  }
});

test('go version cannot read WebAssembly: release and modules are left in it', () => {
  for (const name of named(/-js-wasm-/)) {
    expect(said.has(name)).toBe(false);
    expect(inspect(name)).toMatchObject({
      goVersion: `go${name.split('-')[0]}`,
      buildInfo: { main: { path: 'example.com/tiny' } },
    });
  }
});

test('go version cannot read stripped programs for AIX', () => {
  for (const name of named(/-aix-ppc64-stripped$/)) {
    expect(said.has(name)).toBe(false);
    expect(inspect(name)).toMatchObject({
      goVersion: `go${name.split('-')[0]}`,
      buildInfo: { main: { path: 'example.com/tiny' } },
    });
  }
});

test('everything else is read by both', () => {
  const others = corpus.builds.map(({ name }) => name).filter((name) => !said.has(name));
  const known = /-c-archive$|^1\.(5|7|9|10|11|12)\.|-js-wasm-|-aix-ppc64-stripped$/;
  expect(others.filter((name) => !known.test(name))).toEqual([]);
});

test('vendors, experiments and certified cryptography are told as recorded', () => {
  const releases = Object.fromEntries(
    ['experiment', 'boringcrypto', 'vendor'].map((mode) => [
      mode,
      inspect(named(new RegExp(`-${mode}$`))[0] ?? '').goVersion,
    ]),
  );
  expect(releases).toEqual({
    experiment: 'go1.22.12 X:rangefunc',
    boringcrypto: 'go1.24.13 X:boringcrypto',
    vendor: 'go1.26.4-1-microsoft',
  });
  expect(inspect('1.27.4-linux-amd64-fips').buildInfo?.settings.GOFIPS140).toMatch(/^v1\.0\.0/);
  expect(inspect('1.27.4-linux-amd64-baseline').buildInfo?.settings.GOAMD64).toBe('v3');
});

test('provenance is what the build says of itself', () => {
  const classes = Object.fromEntries(
    ['plain', 'file', 'modules'].map((mode) => [
      mode,
      inspect(`1.27.4-linux-arm64-${mode}`).provenance.class,
    ]),
  );
  expect(classes).toEqual({ plain: 'clean-checkout', file: 'unknown', modules: 'local-replace' });
});

test('the commands of the documentation compute the fingerprints', () => {
  const page = readFileSync(new URL('../../docs/identify.md', import.meta.url), 'utf8');
  const commands = [...page.matchAll(/^go version -m PROGRAM.*$/gm)].map(([command]) => command);
  const path = join(corpus.dir, 'programs/1.27.4-linux-amd64-modules');
  const env = { ...process.env, PATH: `${dirname(corpus.go.path)}:${process.env.PATH}` };
  const printed = commands.map((command) => {
    const { stdout } = spawnSync('sh', ['-c', command.replace('PROGRAM', path)], { env, encoding: 'utf8' });
    return stdout.split(/\s/)[0];
  });
  const { full, modules } = inspectFileSync(path).fingerprint;
  expect(printed).toEqual([full, modules]);
});

/** An ELF file of 64 bits, little endian, without its section headers. */
function withoutSections(name: string): string {
  const bytes = readFileSync(join(corpus.dir, 'programs', name));
  bytes.fill(0, 40, 48);
  bytes.fill(0, 58, 64);
  const copy = join(corpus.dir, `bare-${process.pid}`);
  writeFileSync(copy, bytes);
  return copy;
}

test('garble hides the release: unknown, where go version prints "unknown" as one', () => {
  const facts = inspectFileSync(special('garbled'));
  expect(facts).toMatchObject({ goVersion: undefined, grade: 'unknown', buildId: '' });
  expect(facts.problems).toContain('Go release: recorded as "unknown": obfuscated, as garble does');
  expect(goVersionOf(join(corpus.dir, 'specials')).get('garbled')?.goVersion).toBe('unknown');
});

test('UPX is named; whether a Go program is inside is not guessed', () => {
  for (const name of ['packed-elf', 'packed-pe']) {
    expect(() => inspectFileSync(special(name))).toThrow('packed with UPX');
  }
});

test('gccgo, which go version cannot read: the shared runtime, or the release of the compiler', () => {
  expect(inspectFileSync(special('gccgo'))).toMatchObject({
    compiler: 'gccgo',
    linkage: 'dynamic',
    runtimeLibrary: expect.stringMatching(/^libgo\.so\.[0-9]+$/),
    goVersion: undefined,
  });
  const inside = inspectFileSync(special('gccgo-static'));
  expect(inside).toMatchObject({ compiler: 'gccgo', goVersion: undefined, grade: 'unknown' });
  expect(inside.problems.join()).toMatch(/libgo inside, of GCC [0-9]+\.[0-9.]+/);
});

test('-linkshared: the release it was built with, and the library that holds the runtime', () => {
  expect(inspectFileSync(special('linkshared'))).toMatchObject({
    goVersion: 'go1.27.4',
    linkage: 'dynamic',
    runtimeLibrary: expect.stringContaining('runtime'),
  });
});

test('section headers removed: go version and we read the same from the data', () => {
  for (const name of [
    '1.27.4-linux-amd64-modules',
    '1.21.13-linux-arm64-plain',
    '1.17.13-linux-amd64-file',
  ]) {
    const bare = inspectFileSync(withoutSections(name));
    expect(bare.buildInfo).toEqual(inspect(name).buildInfo);
    expect(bare.buildId).toBe(inspect(name).buildId);
  }
});
