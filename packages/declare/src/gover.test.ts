import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareGover, firstReleaseOf, goverOfToolchain, isGover, isLanguageVersion } from './gover.ts';

// The tables of Go src/cmd/go/internal/gover/gover_test.go (go1.26).
test.each([
  ['', '', 0],
  ['x', 'x', 0],
  ['', 'x', 0],
  ['1', '1.1', -1],
  ['1.5', '1.6', -1],
  ['1.5', '1.10', -1],
  ['1.6', '1.6.1', -1],
  ['1.19', '1.19.0', 0],
  ['1.19rc1', '1.19', -1],
  ['1.20', '1.20.0', 0],
  ['1.20rc1', '1.20', -1],
  ['1.21', '1.21.0', -1],
  ['1.21', '1.21rc1', -1],
  ['1.21rc1', '1.21.0', -1],
  ['1.19rc1', '1.19.1', -1],
  ['1.19rc1', '1.19rc2', -1],
  ['1.19alpha3', '1.19beta2', -1],
  ['1.19beta2', '1.19rc1', -1],
  ['1.1', '1.99999999999999998', -1],
  ['1.99999999999999998', '1.99999999999999999', -1],
])('%s against %s: %i', (a, b, order) => {
  expect(Math.sign(compareGover(a, b))).toBe(order);
  expect(Math.sign(compareGover(b, a))).toBe(order === 0 ? 0 : -order);
});

test.each([
  ['1.2rc3', false],
  ['1.2.3', false],
  ['1.999testmod', false],
  ['1.22', true],
  ['1.21', true],
  ['1.20', false],
  ['1', false],
])('%s is a language version: %s', (text, expected) => {
  expect(isLanguageVersion(text)).toBe(expected);
});

test('what is a version', () => {
  for (const text of ['1.2rc3', '1.999testmod', '1.22', '1.21.0', '1', '0'])
    expect(isGover(text), text).toBe(true);
  const others = [
    '1.600+auto',
    '',
    '1.',
    '01.2',
    '1.02',
    '1.2.3rc1',
    '1.2rc01',
    'go1.2',
    '1.2.3.4',
    '1.2 ',
    '1.2RC1',
  ];
  for (const text of others) expect(isGover(text), text).toBe(false);
});

test('the version in the name of a toolchain', () => {
  expect(goverOfToolchain('go1.21.3-custom')).toBe('1.21.3');
  expect(goverOfToolchain('go1.21.3 X:boringcrypto')).toBe('1.21.3');
  for (const name of ['1.21.3', 'gccgo-go1.21.3', 'go1.21.3/x', 'go', 'default']) {
    expect(goverOfToolchain(name), name).toBe('');
  }
});

test('the first release of a version', () => {
  expect(['1.20', '1.21', '1.30', '1.30.1', '1.30rc1'].map(firstReleaseOf)).toEqual([
    'go1.20',
    'go1.21.0',
    'go1.30.0',
    'go1.30.1',
    'go1.30rc1',
  ]);
});

test('an order, for any text', () => {
  const version = fc.oneof(fc.string(), fc.stringMatching(/^1\.\d{1,3}(\.\d{1,3}|rc\d)?$/));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      const [x, y, z] = [a, b, c].sort(compareGover) as [string, string, string];
      expect(compareGover(x, z)).toBeLessThanOrEqual(0);
      expect(compareGover(x, y)).toBeLessThanOrEqual(0);
      expect(compareGover(y, z)).toBeLessThanOrEqual(0);
    }),
  );
});
