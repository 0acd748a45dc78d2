import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { GofleetError } from '@gofleet/base/errors';
import type { RelinkChoices, RelinkResult } from '@gofleet/build/relink';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { inspectFile } from '@gofleet/filesystem/inspect-file';
import { relink } from '@gofleet/process/relink';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GoBench } from './go-binaries.ts';
import { createModuleProxy, createRepository, type ModuleProxy, type Repository } from './module-proxy.ts';
import { createProofStage, type ProofStage, scopeOf } from './proof-stage.ts';

const release = ['-trimpath', '-ldflags=-s -w -X main.version=1.2.0 -X main.commit=none'];

/** What the modules of this test hold. */
const fixture = (scope: string) => ({
  dep: {
    'go.mod': `module ${scope}/dep\n\ngo 1.21\n`,
    'dep.go': 'package dep\n\nconst Name = "dep"\n\n//go:noinline\nfunc F() {}\n',
  },
  tiny: {
    'go.mod': `module ${scope}/tiny\n\ngo 1.21\n\nrequire ${scope}/dep v1.0.0\n`,
    'cmd/tiny/main.go': `package main

import (
	"${scope}/dep"
	"${scope}/tiny/name"
)

var version, commit string

func main() {
	dep.F()
	println(name.Name, version, commit, dep.Name)
}
`,
    'name/name.go': 'package name\n\nconst Name = "tiny"\n\nfunc F() {}\n',
    Makefile:
      'build:\n\tgo build -ldflags "-s -w -X main.version=$(VERSION) -X main.commit=none" ./cmd/tiny\n',
  },
});

const scope = scopeOf(fixture('v2'));
const module = `${scope}/tiny`;
const { dep, tiny } = fixture(scope);

let stage: ProofStage;
let bench: GoBench;
let proxy: ModuleProxy;
let repository: Repository;
let commit: string;

beforeAll(async () => {
  stage = await createProofStage();
  ({ bench, proxy } = stage);
  proxy.publish(createRepository(join(bench.dir, 'dep'), dep), `${scope}/dep`, 'v1.0.0');
  repository = createRepository(join(bench.dir, 'tiny'), tiny);
  go(repository.dir, ['mod', 'tidy']);
  commit = repository.commit();
  repository.git('tag', 'v1.2.0');
  proxy.publish(repository, module, 'v1.2.0');
});
afterAll(() => bench?.remove());

const go = (...args: Parameters<ProofStage['go']>): void => stage.go(...args);
const build = (...args: Parameters<ProofStage['build']>): string => stage.build(...args);
const requestOf = (file: string): ReturnType<ProofStage['requestOf']> => stage.requestOf(file);
const prove = (...args: Parameters<ProofStage['prove']>): ReturnType<ProofStage['prove']> =>
  stage.prove(...args);

/** A copy of the tree without its repository. */
function withoutGit(name: string): string {
  const dir = join(bench.dir, name);
  cpSync(repository.dir, dir, { recursive: true });
  rmSync(join(dir, '.git'), { recursive: true });
  return dir;
}

async function failure(attempt: Promise<unknown>): Promise<GofleetError> {
  return attempt.then(
    () => expect.unreachable('it should have failed'),
    (thrown: GofleetError) => thrown,
  );
}

const given = (path: string): RelinkChoices => ({ given: { kind: 'directory', path } });

test('a clean checkout of a tag: the zip of its version, its VCS facts shown again, -X from its Makefile', async () => {
  const program = build(repository.dir, ['-buildvcs=true', ...release, './cmd/tiny']);
  expect((await inspectFile(program)).buildInfo?.main?.version).toBe('v1.2.0');
  expect(await prove(program)).toMatchObject({
    grade: 'proven',
    equal: true,
    source: `${module}@v1.2.0`,
  });
});

test('before Go 1.24 no version is stamped: the commit is asked for, and where no proxy answers, its time', async () => {
  const older = { GOTOOLCHAIN: 'go1.21.13' };
  const program = build(repository.dir, ['-buildvcs=true', ...release, './cmd/tiny'], older);
  expect(await prove(program)).toMatchObject({ grade: 'proven', source: `${module}@v1.2.0` });
});

test('relinked with another Go it is the same checkout', async () => {
  const program = build(repository.dir, ['-buildvcs=true', ...release, './cmd/tiny'], {
    GOTOOLCHAIN: 'go1.21.13',
  });
  const store = createArtefactStore({ dir: join(bench.dir, 'store'), onFinding: () => undefined });
  const goVersion = bench.local.goVersion;
  const { artefact } = await relink({ ...(await requestOf(program)), goVersion, store });
  expect(artefact).toMatchObject({ goVersion, grade: 'proven' });
  const { buildInfo } = await inspectFile(artefact.path);
  expect(buildInfo?.settings).toMatchObject({ 'vcs.revision': commit, 'vcs.modified': 'false' });
  expect(spawnSync(artefact.path, { encoding: 'utf8' }).stderr).toBe('tiny 1.2.0 none dep\n');
});

test('behaviours are kept, or those of the new release when asked for', async () => {
  const program = build(repository.dir, ['-buildvcs=true', ...release, './cmd/tiny'], {
    GOTOOLCHAIN: 'go1.21.13',
  });
  const store = createArtefactStore({ dir: join(bench.dir, 'store'), onFinding: () => undefined });
  const request = { ...(await requestOf(program)), goVersion: bench.local.goVersion, store };
  const godebugOf = async ({ artefact }: RelinkResult): Promise<string | undefined> =>
    (await inspectFile(artefact.path)).buildInfo?.settings.DefaultGODEBUG;
  expect(await godebugOf(await relink(request))).toContain('httpmuxgo121=1');
  expect(await godebugOf(await relink({ ...request, godebug: 'new' }))).toBeUndefined();
});

test('a commit after the tag has a pseudo-version', async () => {
  repository.write({ 'cmd/tiny/more.go': 'package main\n\nfunc more() {}\n' });
  const later = repository.commit();
  const flags = `-ldflags=-s -w -X main.version=${repository.git('describe', '--tags')} -X main.commit=none`;
  const program = build(repository.dir, ['-buildvcs=true', '-trimpath', flags, './cmd/tiny']);
  const version = (await inspectFile(program)).buildInfo?.main?.version ?? '';
  expect(version).toMatch(/^v1\.2\.1-0\./);
  proxy.publish(repository, module, version, [later]);
  repository.git('checkout', '--quiet', 'v1.2.0');
  expect(await prove(program)).toMatchObject({ grade: 'proven', source: `${module}@${version}` });
});

test('no VCS stamp: found by its dependencies, or given as directory, zip or repository', async () => {
  const dir = withoutGit('container');
  const program = build(dir, [...release, './cmd/tiny']);
  expect((await inspectFile(program)).provenance.class).toBe('no-vcs');
  expect(await prove(program)).toMatchObject({ grade: 'proven', source: `${module}@v1.2.0` });
  const zip = join(bench.dir, 'tiny.zip');
  repository.git('archive', '--format=zip', '--prefix=tiny-1.2.0/', '-o', zip, 'v1.2.0');
  const git = { kind: 'git', repository: repository.dir, revision: 'v1.2.0' } as const;
  for (const source of [{ kind: 'directory', path: dir }, { kind: 'archive', path: zip }, git] as const) {
    expect((await prove(program, { given: source })).grade).toBe('proven');
  }
});

test('built without -trimpath in other directories: the proof runs in the same ones', async () => {
  const dir = withoutGit('workspace');
  const modCache = join(bench.dir, 'go', 'pkg', 'mod');
  const program = build(dir, ['-ldflags=-w', './cmd/tiny'], {
    GOMODCACHE: modCache,
    GOFLAGS: '-modcacherw',
    GOTOOLCHAIN: 'local',
  });
  rmSync(dir, { recursive: true });
  rmSync(modCache, { recursive: true });
  expect(await prove(program)).toMatchObject({ grade: 'proven' });
});

test('a main package given as files, in a container: neither package nor module is recorded', async () => {
  const dir = withoutGit('files');
  const program = build(dir, ['cmd/tiny/main.go'], { GOTOOLCHAIN: 'local' });
  rmSync(dir, { recursive: true });
  expect((await inspectFile(program)).buildInfo?.main).toBeUndefined();
  expect(await prove(program)).toMatchObject({ grade: 'proven', source: `${module}@v1.2.0` });
});

test('a vendor directory is made again', async () => {
  const dir = withoutGit('vendored');
  go(dir, ['mod', 'vendor']);
  const program = build(dir, [...release, './cmd/tiny']);
  expect((await inspectFile(program)).provenance.class).toBe('vendored');
  expect(await prove(program)).toMatchObject({ grade: 'proven', source: `${module}@v1.2.0` });
});

test('a local replacement and a workspace need their source', async () => {
  const dir = withoutGit('replaced');
  mkdirSync(join(dir, 'dep'));
  writeFileSync(join(dir, 'dep', 'go.mod'), `module ${scope}/dep\n\ngo 1.21\n`);
  writeFileSync(join(dir, 'dep', 'dep.go'), 'package dep\n\nconst Name = "here"\n\nfunc F() {}\n');
  writeFileSync(join(dir, 'go.work'), 'go 1.21\n\nuse (\n\t.\n\t./dep\n)\n');
  const workspace = build(dir, [...release, './cmd/tiny']);
  expect(await prove(workspace, given(dir))).toMatchObject({ grade: 'proven' });
  rmSync(join(dir, 'go.work'));
  appendFileSync(join(dir, 'go.mod'), `\nreplace ${scope}/dep => ./dep\n`);
  const replaced = build(dir, [...release, './cmd/tiny']);
  expect(await failure(prove(replaced))).toMatchObject({
    code: 'build.no-provenance',
    facts: { class: 'local-replace' },
    hint: expect.stringContaining('--source'),
  });
  expect(await prove(replaced, given(dir))).toMatchObject({ grade: 'proven' });
});

test('dirty: its commit is tried and is not it; with the source it is proven', async () => {
  const file = { 'cmd/tiny/extra.go': 'package main\n\nfunc init() { println("extra") }\n' };
  repository.write(file);
  const program = build(repository.dir, ['-buildvcs=true', ...release, './cmd/tiny']);
  const { grade, differences } = await prove(program);
  expect(grade).toBe('claimed');
  expect(differences.map(({ cause }) => cause)).toContain('dirty');
  expect(await prove(program, given(repository.dir))).toMatchObject({ grade: 'proven' });
  repository.git('clean', '--quiet', '--force');
});

test('dirty by what is not linked: proven by all that is, and said', async () => {
  const name = tiny['name/name.go'];
  repository.write({ 'name/name.go': `${name}\nfunc unused() int { return len(Name) }\n` });
  const program = build(repository.dir, ['-buildvcs=true', ...release, './cmd/tiny']);
  repository.write({ 'name/name.go': name });
  const { grade, segments, differences } = await prove(program);
  expect({ grade, segments }).toEqual({ grade: 'proven', segments: [false, false, true, true] });
  expect(differences).toEqual([
    { cause: 'build-id', evidence: expect.stringContaining('other files, of which nothing else is linked') },
  ]);
});

test('a source that does not match is told by the proof', async () => {
  const dir = withoutGit('other');
  const program = build(dir, [...release, './cmd/tiny']);
  writeFileSync(
    join(dir, 'cmd', 'tiny', 'main.go'),
    tiny['cmd/tiny/main.go'].replace('commit, dep', 'commit, "another", dep'),
  );
  const { grade, differences } = await prove(program, given(dir));
  expect(grade).toBe('claimed');
  expect(differences.map(({ cause }) => cause)).toEqual(['source', 'source', 'build-id']);
  expect(differences[1]?.evidence).toMatch(/\.text: [\d,]+ of [\d,]+ bytes/);
  expect(differences[2]?.evidence).toMatch(/^\.note\.go\.buildid: \d+ of \d+ bytes/);
  expect(await failure(prove(program, given(join(bench.dir, 'dep'))))).toMatchObject({
    code: 'build.no-provenance',
  });
});

test('tags and a processor level', async () => {
  const dir = withoutGit('flags');
  writeFileSync(
    join(dir, 'cmd', 'tiny', 'tagged.go'),
    '//go:build special\n\npackage main\n\nfunc init() {}\n',
  );
  const program = build(dir, ['-tags=special,other', ...release, './cmd/tiny'], { GOAMD64: 'v2' });
  expect(await prove(program, given(dir))).toMatchObject({ grade: 'proven' });
});

/** A profile of some loops. No two are equal, and building with another one builds the whole library anew: it is kept. */
function measureLoops(loops: number): Buffer {
  const folder = join(cacheRoot(), 'e2e-profiles', `loops-${loops}`);
  const profile = join(folder, 'cpu.pprof');
  if (!existsSync(profile)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'go.mod'), 'module example.com/profiler\n\ngo 1.22\n');
    writeFileSync(
      join(folder, 'main.go'),
      `package main

import (
	"os"
	"runtime/pprof"
)

func main() {
	f, _ := os.Create("unfinished")
	_ = pprof.StartCPUProfile(f)
	sum := 0
	for i := range ${loops} {
		sum += i * i
	}
	println(sum)
	pprof.StopCPUProfile()
	_ = f.Close()
}
`,
    );
    go(folder, ['run', '.']);
    renameSync(join(folder, 'unfinished'), profile);
  }
  return readFileSync(profile);
}

test('a profile: found by its name; another one is the named cause', async () => {
  const dir = withoutGit('profiled');
  const profile = join(dir, 'cmd', 'tiny', 'default.pgo');
  const writeProfile = (loops: number): void => writeFileSync(profile, measureLoops(loops));
  writeProfile(1_000_000_000);
  const program = build(dir, [...release, './cmd/tiny']);
  expect((await inspectFile(program)).buildInfo?.settings['-pgo']).toBe('default.pgo');
  expect(await prove(program, given(dir))).toMatchObject({ grade: 'proven' });
  writeProfile(2_000_000_000);
  const { grade, differences } = await prove(program, given(dir));
  expect(grade).toBe('claimed');
  expect(differences[0]).toMatchObject({ cause: 'pgo', evidence: expect.stringContaining('default.pgo') });
  rmSync(profile);
  const without = await prove(program, given(dir));
  expect(without.differences[0]).toEqual({
    cause: 'pgo',
    evidence: '-pgo: default.pgo in the original, absent in the rebuild',
  });
});

test('a compiler experiment', async () => {
  const dir = withoutGit('experiment');
  const program = build(dir, [...release, './cmd/tiny'], { GOEXPERIMENT: 'nogreenteagc' });
  expect((await inspectFile(program)).goVersion).toContain('X:nogreenteagc');
  expect(await prove(program, given(dir))).toMatchObject({ grade: 'proven' });
});

test('a nested module, by its tag and as part of its repository', async () => {
  const dir = join(bench.dir, 'nested');
  const files = {
    'go.mod': `module ${scope}/outer\n\ngo 1.21\n`,
    'outer.go': 'package outer\n',
    'tools/go.mod': `module ${scope}/outer/tools\n\ngo 1.21\n`,
    'tools/cmd/inner/main.go': 'package main\n\nfunc main() { println("inner") }\n',
  };
  const outer = createRepository(dir, files);
  outer.git('tag', 'tools/v1.1.0');
  const program = build(join(dir, 'tools'), ['-buildvcs=true', '-trimpath', './cmd/inner']);
  expect((await inspectFile(program)).buildInfo?.main).toMatchObject({
    ...{ path: `${scope}/outer/tools`, version: 'v1.1.0' },
  });
  const git = { kind: 'git', repository: dir, revision: 'tools/v1.1.0' } as const;
  expect(await prove(program, { given: git })).toMatchObject({ grade: 'proven' });
  expect(await prove(program, given(dir))).toMatchObject({ grade: 'proven' });
});

test('a version that was retracted is still what the program is: proven, and said', async () => {
  const files = {
    'go.mod': `module ${scope}/withdrawn\n\ngo 1.21\n`,
    'main.go': 'package main\n\nfunc main() { println("withdrawn") }\n',
  };
  const withdrawn = createRepository(join(bench.dir, 'withdrawn'), files);
  proxy.publish(withdrawn, `${scope}/withdrawn`, 'v1.0.0');
  const env = { GOPROXY: stage.moduleEnv.GOPROXY ?? '', GONOSUMDB: 'gofleet.example/*' };
  const program = await bench.install(`${scope}/withdrawn@v1.0.0`, bench.local.goVersion, { env });
  withdrawn.write({ 'go.mod': `${files['go.mod']}\nretract v1.0.0 // it deletes files\n` });
  withdrawn.commit();
  proxy.publish(withdrawn, `${scope}/withdrawn`, 'v1.0.1');
  expect(await prove(program)).toMatchObject({ grade: 'proven', retracted: 'it deletes files' });
});

test('a modified dependency: both checksums', async () => {
  const files = {
    'go.mod': `module ${scope}/user\n\ngo 1.21\n\nrequire ${scope}/dep v1.0.0\n`,
    'main.go': `package main\n\nimport "${scope}/dep"\n\nfunc main() { println(dep.Name) }\n`,
  };
  const dir = join(bench.dir, 'user');
  createRepository(dir, files);
  go(dir, ['mod', 'tidy']);
  // What the module was when the program was built, in a cache and a proxy of its own.
  const other = createModuleProxy(join(bench.dir, 'other-proxy'));
  const changed = { ...dep, 'dep.go': dep['dep.go'].replace('"dep"', '"changed"') };
  other.publish(createRepository(join(bench.dir, 'changed'), changed), `${scope}/dep`, 'v1.0.0');
  const sums = readFileSync(join(dir, 'go.sum'));
  rmSync(join(dir, 'go.sum'));
  const env = {
    ...{ GOPROXY: other.url, GOSUMDB: 'off', GOFLAGS: '-mod=mod -modcacherw -buildvcs=false' },
    ...{ GOMODCACHE: join(bench.dir, 'other-modcache'), GOTOOLCHAIN: 'local' },
  };
  const program = build(dir, ['-trimpath', '.'], env);
  writeFileSync(join(dir, 'go.sum'), sums);
  const { grade, differences } = await prove(program, given(dir));
  expect(grade).toBe('claimed');
  expect(differences[0]).toEqual({
    cause: 'modified-dependency',
    evidence: expect.stringMatching(/dep@v1\.0\.0: h1:\S+ in the original, h1:\S+ in the rebuild$/),
  });
});

test('cgo is offered, not turned off', async () => {
  const dir = withoutGit('cgo');
  const c =
    'package main\n\n// static int one(void) { return 1; }\nimport "C"\n\nfunc init() { println(C.one()) }\n';
  writeFileSync(join(dir, 'cmd', 'tiny', 'c.go'), c);
  const program = build(dir, [...release, './cmd/tiny'], { CGO_ENABLED: '1' });
  expect(await failure(prove(program, given(dir)))).toMatchObject({
    code: 'build.needs-cgo',
    hint: expect.stringContaining('--cgo'),
  });
  expect(await prove(program, { ...given(dir), cgo: true })).toMatchObject({ grade: 'proven' });
});

test('no room on the disk', async () => {
  const small = join(bench.dir, 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', small]);
  try {
    const program = build(repository.dir, ['-buildvcs=true', ...release, './cmd/tiny']);
    const { dirs } = await requestOf(program);
    const attempt = prove(program, { dirs: { ...dirs, work: small } });
    expect(await failure(attempt)).toMatchObject({ code: 'build.disk-full', retry: 'later' });
  } finally {
    execFileSync('umount', [small]);
  }
});
