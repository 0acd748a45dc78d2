import { expect, test } from 'vitest';
import { changesOf, checkArtefact } from './check-artefact.ts';
import { compareReproduction } from './compare-reproduction.ts';
import { type RelinkOriginal, relinkOriginalFromObserved } from './relink-original.ts';

const modules = `path\texample.com/m
mod\texample.com/m\tv1.0.0\th1:m=
dep\texample.com/a\tv1.0.0\th1:a=
build\t-trimpath=true
build\tCGO_ENABLED=0
build\tGOARCH=amd64
build\tGOOS=linux
`;

function binary(
  change: { sha?: string; buildId?: string; buildInfo?: string; goVersion?: string } = {},
): RelinkOriginal {
  return relinkOriginalFromObserved({
    sha256: (change.sha ?? 'a').repeat(64),
    sizeBytes: 1,
    goVersion: change.goVersion ?? 'go1.21.5',
    os: 'linux',
    arch: 'amd64',
    buildId: change.buildId ?? 'a/b/c/d',
    buildInfo: change.buildInfo ?? modules,
  });
}

const wanted = { goVersion: 'go1.26.8', godebug: 'keep' } as const;

const causes = (...pair: [RelinkOriginal, RelinkOriginal]): string[] =>
  compareReproduction(...pair).differences.map(({ cause }) => cause);

test('equal bytes are proven', () => {
  expect(compareReproduction(binary(), binary())).toEqual({
    goVersion: 'go1.21.5',
    equal: true,
    segments: [true, true, true, true],
    grade: 'proven',
    differences: [],
  });
});

test('equal segments 2 and 3 are compiled-equal: the link differs', () => {
  const found = compareReproduction(binary(), binary({ sha: 'b', buildId: 'x/b/c/y' }));
  expect(found).toMatchObject({
    equal: false,
    grade: 'compiled-equal',
    segments: [false, true, true, false],
  });
  expect(found.differences.map(({ cause }) => cause)).toEqual(['link-flags']);
});

test('everything else is claimed, with its causes', () => {
  const other = { sha: 'b', buildId: 'x/y/z/w' };
  expect(compareReproduction(binary(), binary(other)).grade).toBe('claimed');
  expect(causes(binary(), binary(other))).toEqual(['toolchain']);
  expect(
    causes(binary(), binary({ ...other, buildInfo: modules.replace('v1.0.0\th1:a=', 'v1.1.0\th1:b=') })),
  ).toEqual(['dependencies']);
  expect(causes(binary(), binary({ ...other, buildInfo: `${modules}build\tGOAMD64=v3\n` }))).toEqual([
    'settings',
  ]);
  const untrimmed = modules.replace('build\t-trimpath=true\n', '').replace('CGO_ENABLED=0', 'CGO_ENABLED=1');
  expect(causes(binary({ buildInfo: untrimmed }), binary({ ...other, buildInfo: untrimmed }))).toEqual([
    'paths',
    'cgo',
  ]);
  const old = 'path\texample.com/m\nmod\texample.com/m\tv1.0.0\th1:m=\n';
  expect(causes(binary({ buildInfo: old }), binary({ ...other, buildInfo: old }))).toEqual(['settings']);
  expect(causes(binary({ buildId: '' }), binary({ ...other }))).toEqual(['build-id']);
  expect(causes(binary(), binary({ sha: 'b' }))).toEqual(['changed-afterwards']);
});

test('modules of the same version and another content are named with both checksums', () => {
  const other = binary({ sha: 'b', buildId: 'x/y/z/w', buildInfo: modules.replace('h1:a=', 'h1:b=') });
  expect(compareReproduction(binary(), other).differences).toEqual([
    {
      cause: 'modified-dependency',
      evidence: 'example.com/a@v1.0.0: h1:a= in the original, h1:b= in the rebuild',
    },
  ]);
});

test('settings that are causes of their own, and experiments in the name of the release', () => {
  const other = { sha: 'b', buildId: 'x/y/z/w' };
  const set = (text: string): RelinkOriginal => binary({ ...other, buildInfo: `${modules}build\t${text}\n` });
  expect(causes(binary(), set('-pgo=default.pgo'))).toEqual(['pgo']);
  expect(causes(binary(), set('GOEXPERIMENT=nogreenteagc'))).toEqual(['experiments']);
  expect(causes(binary(), set('-ldflags=-s'))).toEqual(['link-flags']);
  expect(causes(binary({ goVersion: 'go1.21.5 X:arenas' }), binary(other))).toEqual(['experiments']);
});

test('sections come under their causes, those of the code under the first that is named', () => {
  const change = (name: string, rebuiltBytes?: number) => ({
    ...{ name, originalBytes: 100, rebuiltBytes, differingBytes: 3 },
  });
  const sections = [change('.text', 100), change('.symtab')];
  const rebuilt = binary({ sha: 'b', buildId: 'x/y/z/w' });
  const { differences } = compareReproduction(binary(), rebuilt, { sections });
  expect(differences.map(({ cause }) => cause)).toEqual(['toolchain', 'toolchain', 'link-flags']);
  expect(differences[1]?.evidence).toBe('.text: 3 of 100 bytes');
});

test('directories are a cause where they are not the same', () => {
  const untrimmed = modules.replace('build\t-trimpath=true\n', '');
  const original = binary({ buildInfo: untrimmed });
  const rebuilt = binary({ sha: 'b', buildId: 'x/y/z/w', buildInfo: untrimmed });
  const compare = (module: string) =>
    compareReproduction(original, rebuilt, { paths: { original: { module: '/src' }, rebuilt: { module } } });
  expect(compare('/tmp/a').differences).toEqual([
    {
      cause: 'paths',
      evidence:
        'built without -trimpath: directories are part of the compile: work tree /src in the original, /tmp/a in the rebuild',
    },
  ]);
  expect(compare('/src').differences.map(({ cause }) => cause)).toEqual(['toolchain']);
});

test('an artefact holds the wanted Go and is the original otherwise', () => {
  const artefact = binary({
    goVersion: 'go1.26.8',
    buildInfo: `${modules}build\tDefaultGODEBUG=panicnil=1\n`,
  });
  expect(checkArtefact(binary(), artefact, wanted)).toEqual([]);
  expect(changesOf(binary(), artefact)).toEqual([{ setting: 'DefaultGODEBUG', to: 'panicnil=1' }]);
});

test.each([
  ['Go version', { goVersion: 'go1.25.0' }],
  ['main module', { buildInfo: modules.replace('v1.0.0\th1:m=', 'v1.0.1\th1:n=') }],
  ['module example.com/a', { buildInfo: modules.replace('h1:a=', 'h1:other=') }],
  ['setting GOARCH', { buildInfo: modules.replace('amd64', 'arm64') }],
  ['package', { buildInfo: modules.replace('path\texample.com/m', 'path\texample.com/m/cmd') }],
])('a wrong artefact is found out: %s', (what, change) => {
  const artefact = binary({ goVersion: 'go1.26.8', ...change });
  expect(checkArtefact(binary(), artefact, wanted).map(({ facts }) => facts?.what)).toEqual([what]);
});

test('behaviours that the original kept are kept, unless the new ones were asked for', () => {
  const kept = binary({ buildInfo: `${modules}build\tDefaultGODEBUG=panicnil=1,gone=1\n` });
  const found = (list: string, godebug: 'keep' | 'new'): string[] => {
    const artefact = binary({
      goVersion: 'go1.26.8',
      buildInfo: `${modules}build\tDefaultGODEBUG=${list}\n`,
    });
    return checkArtefact(kept, artefact, { ...wanted, godebug }).map(({ facts }) => String(facts?.what));
  };
  expect(found('panicnil=1,more=0', 'keep')).toEqual([]);
  expect(found('panicnil=0', 'keep')).toEqual(['DefaultGODEBUG panicnil']);
  expect(found('panicnil=0', 'new')).toEqual([]);
});

test('the version of a checkout follows from the release, its commit does not', () => {
  const checkout = (main: string, revision: string): string =>
    modules.replace('v1.0.0\th1:m=', main).concat(`build\tvcs.revision=${revision}\n`);
  const original = binary({ buildInfo: checkout('(devel)', 'abc') });
  const artefact = (revision: string): RelinkOriginal =>
    binary({ goVersion: 'go1.26.8', buildInfo: checkout('v0.0.0-20260708042240-2bd066d87f5b', revision) });
  expect(checkArtefact(original, artefact('abc'), wanted)).toEqual([]);
  expect(checkArtefact(original, artefact('def'), wanted).map(({ facts }) => facts?.what)).toContain(
    'main module',
  );
  expect(changesOf(original, artefact('abc'))).toContainEqual({
    setting: 'main example.com/m',
    from: '(devel)',
    to: 'v0.0.0-20260708042240-2bd066d87f5b',
  });
});
