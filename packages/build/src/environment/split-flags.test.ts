import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFlag, splitFlags } from './split-flags.ts';

test('a flag per word, quotes around a whole word only', () => {
  expect(splitFlags(' -trimpath\t"-ldflags=-s -w"  \'-tags=a b\' -x=a"b ')).toEqual([
    '-trimpath',
    '-ldflags=-s -w',
    '-tags=a b',
    '-x=a"b',
  ]);
});

test('a quote that is not closed is an error with its column', () => {
  expect(() => splitFlags('-a "-b')).toThrow(
    expect.objectContaining({ code: 'build.malformed-goflags', facts: { column: 3 } }),
  );
});

test('flags with one and two dashes', () => {
  expect(parseFlag('--tags=a=b')).toEqual({ name: 'tags', value: 'a=b' });
  expect(parseFlag('-a')).toEqual({ name: 'a', value: undefined });
});

test('words that were quoted come back', () => {
  const word = fc.stringMatching(/^[^"]+$/);
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(splitFlags(words.map((each) => `"${each}"`).join(' '))).toEqual(words);
    }),
  );
});

test('any text is words or our error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        splitFlags(text);
      } catch (thrown) {
        expect(isGofleetError(thrown)).toBe(true);
      }
    }),
  );
});
