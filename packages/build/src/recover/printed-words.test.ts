import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePrintedWords } from './printed-words.ts';

test('words, and what follows a colon', () => {
  const words = parsePrintedWords('tool 1.2.3 (abc1234)\nBuilt at: 8 July 2026 04:22\n{"channel":"beta"}\n');
  expect(words).toEqual(expect.arrayContaining(['1.2.3', 'abc1234', '8 July 2026 04:22', 'beta']));
});

test('any text gives a bounded number of short words', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 4000 }), (text) => {
      const words = parsePrintedWords(text);
      expect(words.length).toBeLessThanOrEqual(200);
      for (const word of words) expect(text).toContain(word);
    }),
  );
});
