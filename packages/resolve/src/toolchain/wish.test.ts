import { type GoVersion, parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import { expect, test } from 'vitest';
import { chooseRelease, parseToolchainWish, supersededReleases } from './wish.ts';

const versions = (...texts: string[]): GoVersion[] => texts.flatMap((text) => parseGoVersion(text) ?? []);
const releases = versions('1.25.13', '1.26.10', '1.26.9', '1.27.4', '1.28rc1', '1.28rc2');

test.each([
  ['stable', 'go1.27.4'],
  ['oldstable', 'go1.26.10'],
  ['1.26', 'go1.26.10'],
  ['go1.26.9', 'go1.26.9'],
  ['>=1.25.3 <1.27', 'go1.26.10'],
  ['1.28', undefined],
  ['1.28rc1', 'go1.28rc1'],
])('%s means %s', (text, expected) => {
  const chosen = chooseRelease(parseToolchainWish(text), releases);
  expect(chosen && renderGoVersion(chosen)).toBe(expected);
});

test('where there is nothing, nothing is stable', () => {
  expect(chooseRelease(parseToolchainWish('stable'), [])).toBeUndefined();
  expect(chooseRelease(parseToolchainWish('oldstable'), versions('1.27.4'))).toBeUndefined();
});

test('newer releases of a minor replace older ones, a pre-release replaces pre-releases only', () => {
  const all = versions('1.26.9', '1.26.10', '1.27.4', '1.27rc1', '1.28rc1', '1.28rc2');
  expect(supersededReleases(all).map(renderGoVersion)).toEqual(['go1.26.9', 'go1.27rc1', 'go1.28rc1']);
});
