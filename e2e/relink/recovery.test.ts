import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspectFile } from '@gofleet/filesystem/inspect-file';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRepository, type Repository } from './module-proxy.ts';
import { createProofStage, type ProofStage, scopeOf } from './proof-stage.ts';

/** What the modules of this test hold. */
const fixture = (scope: string) => ({
  app: {
    'go.mod': `module ${scope}/app\n\ngo 1.24\n`,
    'main.go': `package main

import "${scope}/app/info"

var channel = "none"

func main() { println(info.Version(), channel) }
`,
    'info/info.go': `package info

var (
	version  string
	revision = "unknown"
)

func Version() string { return version + " " + revision }
`,
  },
  api: {
    'go.mod': `module ${scope}/app/api\n\ngo 1.24\n`,
    'api.go': 'package api\n\n//go:noinline\nfunc F() int { return 42 }\n',
  },
  user: {
    'cmd/user/main.go': `package main\n\nimport "${scope}/app/api"\n\nfunc main() { println(api.F()) }\n`,
    'go.work': 'go 1.24\n\nuse (\n\t.\n\t./api\n\t./tools\n)\n',
  },
  dep: {
    'go.mod': `module ${scope}/dep\n\ngo 1.24\n`,
    'dep.go': 'package dep\n\n//go:noinline\nfunc F() int { return 7 }\n',
  },
  staged: {
    '.gitignore': 'vendor/\n',
    'go.mod': `module ${scope}/staged

go 1.24

require (
	${scope}/dep v1.0.0
	${scope}/stamp v0.0.0
	${scope}/unused v0.0.0
)

replace (
	${scope}/stamp => ./staging/src/${scope}/stamp
	${scope}/unused => ./staging/src/${scope}/unused
)
`,
    'go.work': `go 1.24\n\nuse (\n\t.\n\t./staging/src/${scope}/stamp\n\t./staging/src/${scope}/unused\n)\n`,
    'cmd/tool/main.go': `package main

import (
	"${scope}/dep"
	"${scope}/stamp/version"
)

func main() { println(dep.F(), version.Get()) }
`,
    'cmd/other/main.go': `package main\n\nimport "${scope}/unused"\n\nfunc main() { println(unused.F()) }\n`,
    'hack/version.sh': `add_flag() {
  local key=\${1} val=\${2}
  flags+=("-X '${scope}/stamp/version.\${key}=\${val}'")
}
`,
  },
  stamp: {
    'go.mod': `module ${scope}/stamp\n\ngo 1.24\n`,
    'version/version.go': `package version

var (
	gitMajor   string
	gitMinor   string
	gitVersion = "v0.0.0-master+$Format:%H$"
)

func Get() string { return gitMajor + " " + gitMinor + " " + gitVersion }
`,
  },
});

const scope = scopeOf(fixture('v1'));
const module = `${scope}/app`;
const { app, api, user, dep, staged, stamp } = fixture(scope);
const within = (folder: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));

let stage: ProofStage;
let repository: Repository;

beforeAll(async () => {
  stage = await createProofStage();
  repository = createRepository(join(stage.bench.dir, 'app'), { ...app, ...user });
  repository.git('tag', 'v1.2.0');
  stage.proxy.publish(repository, module, 'v1.2.0');
  stage.proxy.publish(createRepository(join(stage.bench.dir, 'api'), api), `${module}/api`, 'v1.2.0');
});
afterAll(() => stage?.bench.remove());

test('stripped, and no recipe: values of -X are read from the data, variables from the declarations', async () => {
  const values = { [`${module}/info.version`]: '7.1', [`${module}/info.revision`]: 'abcdef0' };
  const flags = Object.entries(values).map(([name, value]) => `-X ${name}=${value}`);
  const link = `-ldflags=-s -w ${flags.join(' ')} -X main.channel=stable`;
  const program = stage.build(repository.dir, ['-trimpath', '-buildvcs=true', link, '.'], { GOWORK: 'off' });
  expect(await stage.prove(program)).toMatchObject({ grade: 'proven', source: `${module}@v1.2.0` });
});

test('so are those of a position-independent program', async () => {
  const argv = [
    '-trimpath',
    '-buildvcs=true',
    '-buildmode=pie',
    '-ldflags=-s -w -X main.channel=stable',
    '.',
  ];
  const program = stage.build(repository.dir, argv, { GOWORK: 'off' });
  expect(await stage.prove(program)).toMatchObject({ grade: 'proven', source: `${module}@v1.2.0` });
});

test('where the data cannot be read, the program is run when that is allowed', async () => {
  const flags = `-ldflags=-s -w -X ${module}/info.version=7.1 -X ${module}/info.revision=abcdef0`;
  const argv = ['-trimpath', '-buildvcs=true', flags, '.'];
  const program = stage.build(repository.dir, argv, { GOWORK: 'off', GOARCH: '386' });
  expect((await stage.prove(program)).grade).toBe('compiled-equal');
  expect(await stage.prove(program, { runOriginal: true })).toMatchObject({ grade: 'proven' });
});

test('a workspace whose other modules were published on their own', async () => {
  const dir = join(stage.bench.dir, 'workspace');
  const work = createRepository(dir, {
    ...{ ...app, ...user, ...within('api', api) },
    'tools/go.mod': `module ${module}/tools\n\ngo 1.24\n`,
  });
  work.git('tag', 'v1.2.0');
  const program = stage.build(dir, ['-trimpath', '-buildvcs=true', './cmd/user']);
  const { buildInfo } = await inspectFile(program);
  expect(buildInfo?.deps).toMatchObject([{ path: `${module}/api`, version: '(devel)' }]);
  expect(await stage.prove(program)).toMatchObject({ grade: 'proven', source: `${module}@v1.2.0` });
});

test('a workspace with a vendor directory, as Kubernetes is one: members published as v0, one that is not needed nowhere', async () => {
  const publish = (name: string, files: Readonly<Record<string, string>>, version: string): void =>
    stage.proxy.publish(createRepository(join(stage.bench.dir, name), files), `${scope}/${name}`, version);
  publish('dep', dep, 'v1.0.0');
  publish('stamp', stamp, 'v0.36.3');
  const unused = {
    'go.mod': `module ${scope}/unused\n\ngo 1.24\n`,
    'unused.go': 'package unused\n\nfunc F() int { return 1 }\n',
  };
  const members = {
    ...within(`staging/src/${scope}/stamp`, stamp),
    ...within(`staging/src/${scope}/unused`, unused),
  };
  const whole = createRepository(join(stage.bench.dir, 'whole'), { ...staged, ...members });
  stage.go(whole.dir, ['mod', 'tidy'], { GOWORK: 'off' });
  const sums = readFileSync(join(whole.dir, 'go.sum'), 'utf8');
  whole.commit();
  whole.git('tag', 'v1.36.3');
  const zipped = createRepository(join(stage.bench.dir, 'staged'), { ...staged, 'go.sum': sums });
  stage.proxy.publish(zipped, `${scope}/staged`, 'v1.36.3');
  stage.go(whole.dir, ['work', 'vendor']);
  const values = { gitMajor: '1', gitMinor: '36', gitVersion: 'v1.36.3' };
  const flags = Object.entries(values).map(([key, value]) => `-X ${scope}/stamp/version.${key}=${value}`);
  const link = `-ldflags=all=-s -w ${flags.join(' ')}`;
  const program = stage.build(whole.dir, ['-trimpath', '-buildvcs=true', link, './cmd/tool']);
  const { buildInfo, provenance } = await inspectFile(program);
  expect(provenance.class).toBe('vendored');
  expect(buildInfo?.deps).toEqual([
    { path: `${scope}/dep`, version: 'v1.0.0' },
    { path: `${scope}/stamp`, version: '(devel)' },
  ]);
  expect(await stage.prove(program)).toMatchObject({ grade: 'proven', source: `${scope}/staged@v1.36.3` });
});

test('a released module that was built as a dependency of another', async () => {
  const { dir } = createRepository(join(stage.bench.dir, 'other'), {
    'go.mod': `module other\n\ngo 1.26\n\nrequire ${module} v1.2.0\n`,
  });
  stage.go(dir, ['get', module]);
  const program = stage.build(dir, ['-trimpath', '-buildvcs=false', module]);
  const { buildInfo, provenance } = await inspectFile(program);
  expect(provenance.class).toBe('released-module');
  expect(buildInfo?.settings).not.toHaveProperty('DefaultGODEBUG');
  expect(await stage.prove(program)).toMatchObject({ grade: 'proven' });
});

test('a main module that was made around a dependency, in a folder of a repository', async () => {
  const { 'main.go': main } = app;
  const folder = createRepository(join(stage.bench.dir, 'packager'), within('app', { 'main.go': main }));
  const dir = join(folder.dir, 'app');
  stage.go(dir, ['mod', 'init', 'app']);
  stage.go(dir, ['get', '.']);
  folder.commit();
  const program = stage.build(dir, ['-trimpath', '-buildvcs=true', '-ldflags=-s -w', '.']);
  const { buildInfo } = await inspectFile(program);
  expect(buildInfo?.main).toMatchObject({ path: 'app', version: '(devel)' });
  expect(await stage.prove(program)).toMatchObject({ grade: 'proven' });
});
