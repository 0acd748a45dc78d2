import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { GofleetError } from '@gofleet/base/errors';
import type { Finding } from '@gofleet/base/finding';
import type { ArtefactStore } from '@gofleet/build/ports';
import { type RelinkOriginal, type RelinkResult, relinkOriginalFromFacts } from '@gofleet/build/relink';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { executableFiles, hashFile, inspectFile } from '@gofleet/filesystem/inspect-file';
import { type RelinkRequest, relink } from '@gofleet/process/relink';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGoBench, type GoBench, tinyProgram } from './go-binaries.ts';

/** A published program that needs little, and the releases that it moves between. */
const program = 'golang.org/x/tools/cmd/stringer';
const oldGo = 'go1.21.13';
const newGo = 'go1.22.3';

let bench: GoBench;
let store: ArtefactStore;
let stringer: string;
const findings: Finding[] = [];

beforeAll(async () => {
  bench = await createGoBench();
  store = createArtefactStore({
    dir: join(bench.dir, 'store'),
    onFinding: (finding) => findings.push(finding),
  });
  stringer = await bench.install(`${program}@v0.1.12`, oldGo);
});
afterAll(() => bench?.remove());

async function originalOf(path: string): Promise<RelinkOriginal> {
  return relinkOriginalFromFacts(await inspectFile(path), await hashFile(path));
}

async function run(
  path: string | RelinkOriginal,
  change: Partial<RelinkRequest> = {},
): Promise<RelinkResult> {
  const { local, dir } = bench;
  return relink({
    original: typeof path === 'string' ? await originalOf(path) : path,
    goVersion: newGo,
    store,
    files: executableFiles,
    go: local.path,
    dirs: { modCache: local.modCache, buildCache: local.buildCache, work: join(dir, 'work') },
    env: local.moduleEnv,
    ...change,
  });
}

async function failure(attempt: Promise<unknown>): Promise<GofleetError> {
  return attempt.then(
    () => expect.unreachable('it should have failed'),
    (thrown: GofleetError) => thrown,
  );
}

test('a released program: proved bit for bit, built with the new Go, and it runs', async () => {
  const steps: string[] = [];
  const result = await run(stringer, { onProgress: ({ message, step }) => message ?? steps.push(step) });
  expect(result.reproduction).toEqual({
    goVersion: oldGo,
    equal: true,
    segments: [true, true, true, true],
    grade: 'proven',
    differences: [],
  });
  expect(result.artefact).toMatchObject({ goVersion: newGo, grade: 'proven' });
  expect(steps).toEqual([`fetching ${newGo}`, `proving with ${oldGo}`, `building with ${newGo}`]);
  const [before, after] = [await inspectFile(stringer), await inspectFile(result.artefact.path)];
  expect(after.goVersion).toBe(newGo);
  expect(after.buildInfo?.main).toEqual(before.buildInfo?.main);
  expect(after.buildInfo?.deps).toEqual(before.buildInfo?.deps);
  expect(spawnSync(result.artefact.path, ['-help'], { encoding: 'utf8' }).stderr).toContain(
    'Usage of stringer',
  );
});

test('the second request is answered by the store, without the go command', async () => {
  const first = await run(stringer);
  expect(await run(stringer, { go: '/no/such/go' })).toEqual(first);
});

test('the next release needs no new proof', async () => {
  const first = await run(stringer);
  const steps: string[] = [];
  const { goVersion } = bench.local;
  const next = await run(stringer, {
    goVersion,
    onProgress: ({ message, step }) => message ?? steps.push(step),
  });
  expect(steps).toEqual([`building with ${goVersion}`]);
  expect(next.reproduction).toEqual(first.reproduction);
  expect((await inspectFile(next.artefact.path)).goVersion).toBe(goVersion);
});

test.each(['-s -w', '-w', '-s -w -buildid='])(
  'link flags that are not recorded are found: %s',
  async (flags) => {
    const binary = await bench.install(`${program}@v0.1.12`, oldGo, {
      flags: ['-trimpath', `-ldflags=${flags}`, '-tags=netgo'],
    });
    // As a node reports it, nothing is known of its symbols.
    const { stripped: _, ...original } = await originalOf(binary);
    expect((await run(original)).reproduction.grade).toBe('proven');
  },
);

test('link flags that nobody can guess: compiled-equal', async () => {
  const flags = ['-trimpath', '-ldflags=-compressdwarf=false'];
  const stamped = await bench.install(`${program}@v0.1.12`, oldGo, { flags });
  const { grade, segments, differences } = (await run(stamped)).reproduction;
  expect({ grade, segments }).toEqual({ grade: 'compiled-equal', segments: [false, true, true, false] });
  expect(differences.map(({ cause }) => cause)).toEqual(['link-flags']);
  expect((await failure(run(stamped, { minimumGrade: 'proven' }))).code).toBe('build.grade-too-low');
});

test('link flags of the same effect in other words: proven, with the build ID taken over', async () => {
  const flags = ['-trimpath', '-ldflags=-w -X main.stamp=2'];
  const stamped = await bench.install(`${program}@v0.1.12`, oldGo, { flags });
  const { grade, segments, differences } = (await run(stamped)).reproduction;
  expect({ grade, segments }).toEqual({ grade: 'proven', segments: [false, true, true, true] });
  expect(differences.map(({ cause }) => cause)).toEqual(['build-id']);
});

test('without -trimpath the directories count: proven in the same ones, elsewhere they are the named cause', async () => {
  const plain = await bench.install(`${program}@v0.1.12`, oldGo, { flags: [] });
  expect((await run(plain)).reproduction.grade).toBe('proven');
  const { local, dir } = bench;
  const modCache = join(dir, 'other-modcache');
  const env = { ...local.moduleEnv, GOFLAGS: '-modcacherw' };
  const dirs = { modCache, buildCache: local.buildCache, work: join(dir, 'work') };
  // A store that knows no proof. The toolchain is fetched into the other cache, too.
  const empty = createArtefactStore({ dir: join(dir, 'empty-store') });
  const error = await failure(run(plain, { store: empty, dirs, env }));
  expect(error).toMatchObject({ code: 'build.grade-too-low', facts: { grade: 'claimed' } });
  expect(error.message).toContain('paths: built without -trimpath');
});

test('another platform than this one', async () => {
  const env = { GOARCH: 'arm64', GOOS: 'linux' };
  const arm = await bench.install(`${program}@v0.1.12`, oldGo, { env });
  const result = await run(arm);
  expect(result.reproduction.grade).toBe('proven');
  expect(await inspectFile(result.artefact.path)).toMatchObject({ arch: 'arm64', goVersion: newGo });
});

test('a program without provenance is refused: (devel) and dirty', async () => {
  const devel = await bench.build(tinyProgram, oldGo);
  const error = await failure(run(devel));
  expect(error).toMatchObject({ code: 'build.no-provenance', retry: 'never', facts: { class: 'no-vcs' } });
  const work = mkdtempSync(join(bench.dir, 'dirty-'));
  const git = (...argv: string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...argv], {
      cwd: work,
      stdio: 'pipe',
    });
  for (const [name, text] of Object.entries(tinyProgram)) writeFileSync(join(work, name), text);
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'all');
  writeFileSync(join(work, 'main.go'), `${tinyProgram['main.go']}// changed\n`);
  const { local } = bench;
  const env = { ...process.env, GOFLAGS: '-buildvcs=true', GOTOOLCHAIN: oldGo, CGO_ENABLED: '0' };
  execFileSync(local.path, ['build', '-o', 'program', '.'], { cwd: work, env, stdio: 'pipe' });
  const dirty = await failure(run(join(work, 'program')));
  expect(dirty).toMatchObject({ code: 'build.no-provenance', facts: { class: 'dirty-checkout' } });
});

test('a Go version that does not exist fails before anything is built', async () => {
  const steps: string[] = [];
  const attempt = run(stringer, { goVersion: 'go1.21.99', onProgress: ({ step }) => steps.push(step) });
  expect((await failure(attempt)).code).toBe('build.unknown-go-version');
  expect(new Set(steps).size).toBe(1);
});

test('a compile error with the new Go: its first lines come along', async () => {
  // Its internal/tokeninternal knows the layout of go/token, which Go 1.25 changed.
  const old = await bench.install(`${program}@v0.20.0`, oldGo);
  const error = await failure(run(old, { goVersion: 'go1.26.8' }));
  expect(error).toMatchObject({ code: 'build.compile-failed', retry: 'never' });
  expect(error.facts.firstLines).toContain('# golang.org/x/tools/internal/tokeninternal');
  expect(error.message).toContain('invalid array length');
});

test('one changed byte in the store: refused, reported, built again', async () => {
  const first = await run(stringer);
  const bytes = readFileSync(first.artefact.path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  chmodSync(first.artefact.path, 0o755);
  writeFileSync(first.artefact.path, bytes);
  const again = await run(stringer);
  expect(findings.map(({ code }) => code)).toContain('build.corrupt-artefact');
  expect(again).toEqual(first);
  expect((await hashFile(again.artefact.path)).sha256).toBe(first.artefact.sha256);
});

test('a file that was changed after linking is not proven', async () => {
  const changed = join(bench.dir, 'changed');
  copyFileSync(stringer, changed);
  writeFileSync(changed, Buffer.concat([readFileSync(stringer), Buffer.from('more')]));
  const { reproduction } = await run(changed);
  expect(reproduction).toMatchObject({ equal: false, grade: 'compiled-equal' });
  expect(reproduction.differences.map(({ cause }) => cause)).toEqual(['changed-afterwards']);
});

test('source that is gone, and a proxy that does not answer', async () => {
  const original = await originalOf(stringer);
  const main = { ...original.main, path: 'golang.org/x/tools', version: 'v0.1.99' };
  expect((await failure(run({ ...original, main }))).code).toBe('build.source-gone');
  const env = { ...bench.local.moduleEnv, GOPROXY: 'http://127.0.0.1:1' };
  expect(await failure(run({ ...original, main }, { env }))).toMatchObject({
    code: 'build.proxy-unreachable',
    retry: 'later',
  });
});

/** A proxy that sends every request on to the real one, except for one go.mod, which it serves changed. */
async function tamperingProxy(path: string): Promise<{ url: string; close: () => void }> {
  const [upstream = ''] = bench.local.goproxy.split(/[,|]/);
  const server = createServer((request, response) => {
    if (request.url === path) return void response.end('module golang.org/x/tools\n\ngo 1.18\n// tampered\n');
    response.writeHead(302, { location: `${upstream}${request.url}` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

test('a module that is not what the checksum database knows is refused', async () => {
  const proxy = await tamperingProxy('/golang.org/x/tools/@v/v0.1.12.mod');
  try {
    const modCache = join(bench.dir, 'empty-modcache');
    mkdirSync(modCache);
    const env = { ...bench.local.moduleEnv, GOPROXY: proxy.url, GOFLAGS: '-modcacherw' };
    const { buildCache } = bench.local;
    const attempt = run(stringer, {
      // The release that is here already, so that only the module is fetched.
      goVersion: bench.local.goVersion,
      store: createArtefactStore({ dir: join(bench.dir, 'store-of-the-deceived') }),
      env,
      dirs: { modCache, buildCache, work: join(bench.dir, 'work') },
    });
    expect((await failure(attempt)).code).toBe('build.checksum-mismatch');
  } finally {
    proxy.close();
  }
});

test('a build that takes too long, and one that is interrupted', async () => {
  const tagged = await bench.install(`${program}@v0.1.12`, oldGo, { flags: ['-trimpath', '-tags=slow'] });
  expect((await failure(run(tagged, { limits: { timeMs: 1 } }))).code).toBe('build.timeout');
  expect((await failure(run(tagged, { signal: AbortSignal.abort() }))).code).toBe('process.aborted');
});
