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
});

const scope = scopeOf(fixture('v1'));
const module = `${scope}/app`;
const { app, api, user } = fixture(scope);
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
