import { parseGoConstraint } from '@gofleet/base/go-constraint';
import { renderGoVersion } from '@gofleet/base/go-version';
import { expect, test } from 'vitest';
import { chooseToolchain, parseToolchainList, toolchainVersion } from './choose-toolchain.ts';

const names = [
  'go1.25.3',
  'go1.25.13',
  'go1.26rc2',
  'go1.26.0',
  'go1.26.8',
  'go1.26.10',
  'go1.27rc1',
  'go1.20.14',
];
const list = names.map((name) => `v0.0.1-${name}.linux-amd64`).join('\n');
const releases = parseToolchainList(`${list}\nv0.0.1-go1.26.99.darwin-arm64\nnonsense\n`, {
  os: 'linux',
  arch: 'amd64',
});

test('the list is read for one platform, oldest first', () => {
  expect(releases.map(renderGoVersion)).toEqual([
    ...['go1.20.14', 'go1.25.3', 'go1.25.13', 'go1.26rc2', 'go1.26.0', 'go1.26.8', 'go1.26.10', 'go1.27rc1'],
  ]);
});

test.each([
  ['1.26', 'go1.26.10'],
  ['1.26.8', 'go1.26.8'],
  ['1.26.77', 'go1.26.77'],
  ['>=1.25.3 <1.26', 'go1.25.13'],
  ['<=1.25.12', 'go1.25.3'],
  ['>=1.25', 'go1.26.10'],
  ['1.27', undefined],
  ['1.27rc1', 'go1.27rc1'],
  ['>=1.27rc1', 'go1.27rc1'],
  ['>=1.28', undefined],
  ['>=1.26 !=1.26.10', 'go1.26.8'],
])('%s means %s', (constraint, expected) => {
  const chosen = chooseToolchain(parseGoConstraint(constraint), releases);
  expect(chosen && renderGoVersion(chosen)).toBe(expected);
});

test('the module version of a release', () => {
  const [first] = releases;
  expect(first && toolchainVersion(first, { os: 'linux', arch: 'arm64' })).toBe(
    'v0.0.1-go1.20.14.linux-arm64',
  );
});
