import { expect, test } from 'vitest';
import { type RelinkOriginal, relinkOriginalFromObserved } from '../relink-original.ts';
import { listSources } from './list-sources.ts';
import { pickSourceLabels } from './source-labels.ts';

const revision = '2bd066d87f5bafd315be9f40889d0a60b9e58e0b';

function original(main: string, settings: readonly string[] = [], more = ''): RelinkOriginal {
  const lines = settings.map((setting) => `build\t${setting}\n`).join('');
  return relinkOriginalFromObserved({
    ...{
      sha256: 'a'.repeat(64),
      sizeBytes: 1,
      goVersion: 'go1.24.1',
      os: 'linux',
      arch: 'amd64',
      buildId: '',
    },
    buildInfo: `path\texample.com/m/cmd\nmod\texample.com/m\t${main}\n${more}${lines}`,
  });
}
const vcs = ['vcs=git', `vcs.revision=${revision}`, 'vcs.time=2026-07-08T04:22:40Z', 'vcs.modified=false'];

const queries = (...args: Parameters<typeof listSources>): string[] =>
  listSources(...args).map((source) => (source.kind === 'module' ? source.query : source.kind));

test('a released module is installed by its version', () => {
  expect(queries(original('v1.2.3\th1:m='))).toEqual(['release', 'dependency']);
});

test('a checkout is asked for by version and commit', () => {
  expect(queries(original('v1.2.3', vcs))).toEqual(['v1.2.3', revision]);
  expect(queries(original('(devel)', vcs))).toEqual([revision, 'versions']);
  const dirty = original('v1.2.3+dirty', [...vcs.slice(0, 3), 'vcs.modified=true']);
  expect(queries(dirty)).toEqual(['v1.2.3', revision]);
});

test('without a stamp the labels are asked, then the versions', () => {
  expect(queries(original('(devel)'))).toEqual(['versions']);
  const labels = {
    'org.opencontainers.image.version': '1.2.3',
    'org.opencontainers.image.revision': revision,
    'org.opencontainers.image.source': 'ext::sh -c true',
  };
  expect(queries(original('(devel)'), { labels })).toEqual([revision, 'v1.2.3', 'versions']);
  const odd = {
    'org.opencontainers.image.version': 'latest',
    'org.opencontainers.image.revision': '--upload-pack',
  };
  expect(queries(original('(devel)'), { labels: odd })).toEqual(['versions']);
});

test('of all that is annotated only what points to a source is kept', () => {
  const version = { 'org.opencontainers.image.version': '1.2.3' };
  expect(pickSourceLabels({ ...version, 'team.example/owner': 'shop' })).toEqual(version);
  const long = { 'org.opencontainers.image.revision': 'a'.repeat(1000) };
  expect(pickSourceLabels({ ...version, ...long })).toEqual(version);
  for (const none of [{}, long, { 'org.opencontainers.image.version': '' }, undefined])
    expect(pickSourceLabels(none)).toBeUndefined();
});

test('what recorded link flags say of the version is asked for before the versions', () => {
  const flags = [
    ...['-s -w', '-X main.version=1.2.3', "-X 'example.com/m.GitTag=v1.2.3'", '-X main.date=2024-12-13'],
    ...['-X main.goVersion=1.23.4', '-X=main.release=v1.3.0-rc.1', '-X main.name=1.0.0'],
  ];
  const ldflags = `-ldflags="${flags.join(' ')}"`;
  const named = ['v1.2.3', 'v1.3.0-rc.1'];
  expect(queries(original('(devel)', [ldflags, ...vcs]))).toEqual([revision, ...named, 'versions']);
  expect(queries(original('(devel)', [ldflags]))).toEqual([...named, 'versions']);
});

test('a given source is the only one; a repository is taken at the recorded commit', () => {
  const given = { kind: 'git', repository: 'https://git.example/m', revision: '' } as const;
  expect(listSources(original('(devel)', vcs), { given })).toEqual([{ ...given, revision }]);
  expect(listSources(original('(devel)'), { given })).toEqual([given]);
});

test.each([
  ['dirty-checkout', original('v1.0.0+dirty')],
  ['local-replace', original('(devel)', [], 'dep\texample.com/a\tv1.0.0\n=>\t./a\t(devel)\t\n')],
])('%s is refused without a source, with the reason and what to do', (provenance, binary) => {
  expect(() => listSources(binary)).toThrow(
    expect.objectContaining({
      code: 'build.no-provenance',
      facts: expect.objectContaining({ class: provenance }),
      hint: expect.stringContaining('--source'),
    }),
  );
  const given = { kind: 'directory', path: '/src' } as const;
  expect(listSources(binary, { given })).toEqual([given]);
});
