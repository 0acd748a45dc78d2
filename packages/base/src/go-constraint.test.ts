import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isGofleetError } from './errors.ts';
import { exactGoVersion, parseGoConstraint, satisfiesGoConstraint } from './go-constraint.ts';
import { parseGoVersion, renderGoVersion } from './go-version.ts';

function satisfies(release: string, constraint: string): boolean {
  const version = parseGoVersion(release);
  if (!version) throw new Error(release);
  return satisfiesGoConstraint(version, parseGoConstraint(constraint));
}

test.each([
  ['1.26.8', '1.26.8', true],
  ['1.26.8', 'go1.26.8', true],
  ['1.26.7', '1.26.8', false],
  ['1.26.0', '1.26', true],
  ['1.27.0', '1.26', false],
  ['1.25.3', '>=1.25.3 <1.27', true],
  ['1.26.11', '>=1.25.3, <1.27', true],
  ['1.27.0', '>=1.25.3 <1.27', false],
  ['1.27rc1', '<1.27.0', true],
  ['1.26.8', '>= 1.26 != 1.26.8', false],
])('%s in "%s": %s', (release, constraint, expected) => {
  expect(satisfies(release, constraint)).toBe(expected);
});

test('an exact constraint names its release', () => {
  const exact = exactGoVersion(parseGoConstraint('1.26.8'));
  expect(exact && renderGoVersion(exact)).toBe('go1.26.8');
  expect(exactGoVersion(parseGoConstraint('1.26'))).toBeUndefined();
  expect(exactGoVersion(parseGoConstraint('>=1.26.8'))).toBeUndefined();
});

test.each(['', '  ', 'latest', '>=', '1.26 or so', '^1.26'])('"%s" is refused', (text) => {
  expect(() => parseGoConstraint(text)).toThrow(
    expect.objectContaining({ code: 'base.malformed-go-constraint' }),
  );
});

test('any text gives a constraint or our error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseGoConstraint(text);
      } catch (error) {
        expect(isGofleetError(error)).toBe(true);
      }
    }),
  );
});
