import { expect, test } from 'vitest';
import { relinkOriginalFromObserved } from '../relink-original.ts';
import { moduleDirectory, type VcsFacts, vcsFactsOf } from './vcs-facts.ts';

const revision = '2bd066d87f5bafd315be9f40889d0a60b9e58e0b';

function facts(version: string, settings = ''): VcsFacts | undefined {
  const buildInfo = `path\texample.com/m
mod\texample.com/m\t${version}
build\tvcs=git
build\tvcs.revision=${revision}
build\tvcs.time=2026-07-08T04:22:40Z
build\tvcs.modified=false
${settings}`;
  const sha256 = 'a'.repeat(64);
  const file = { sha256, sizeBytes: 1, goVersion: 'go1.24.1', os: 'linux', arch: 'amd64', buildId: '' };
  return vcsFactsOf(relinkOriginalFromObserved({ ...file, buildInfo }));
}

test.each([
  ['v1.2.3', { tag: 'v1.2.3' }],
  ['v1.2.3-rc.1', { tag: 'v1.2.3-rc.1' }],
  ['v2.0.0+incompatible', { tag: 'v2.0.0' }],
  ['v1.2.3+dirty', { tag: 'v1.2.3' }],
  ['v0.0.0-20260708042240-2bd066d87f5b', {}],
  ['v2.0.0-20260708042240-2bd066d87f5b+dirty', {}],
  ['v1.2.4-0.20260708042240-2bd066d87f5b', { earlierTag: 'v1.2.3' }],
  ['v1.2.4-rc.1.0.20260708042240-2bd066d87f5b', { earlierTag: 'v1.2.4-rc.1' }],
  ['(devel)', {}],
])('the tags behind %s', (version, tags) => {
  const { revision: _, timeSeconds, modified, ...rest } = facts(version) ?? expect.unreachable();
  expect(rest).toEqual(tags);
  expect({ timeSeconds, modified }).toEqual({ timeSeconds: 1_783_484_560, modified: false });
});

test('only what git recorded can be shown again', () => {
  expect(facts('(devel)', 'build\tvcs=hg\n')).toBeUndefined();
  expect(facts('(devel)', 'build\tvcs.revision=abc\n')).toBeUndefined();
  expect(facts('(devel)', 'build\tvcs.modified=true\n')?.modified).toBe(true);
});

test.each([
  ['github.com/a/b', ''],
  ['github.com/a/b/v2', ''],
  ['github.com/a/b/example/sub', 'example/sub'],
  ['github.com/a/b/example/sub/v3', 'example/sub'],
  ['k8s.io/client-go/tools', ''],
])('%s lies in "%s"', (path, directory) => expect(moduleDirectory(path)).toBe(directory));
