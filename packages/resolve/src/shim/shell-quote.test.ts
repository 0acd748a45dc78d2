import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteForFish, quoteForShell } from './shell-quote.ts';

/** Any text that can be an argument of a program. */
const words = fc.array(
  fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
  { minLength: 20, maxLength: 40 },
);

test('a shell reads every quoted text as the one word that it was', () => {
  fc.assert(
    fc.property(words, (texts) => {
      const script = `printf '%s\\0' ${texts.map(quoteForShell).join(' ')}`;
      const read = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
      expect(read).toEqual(texts);
    }),
    { numRuns: 20 },
  );
});

test('fish takes a backslash in quotes for what it is only when there are two', () => {
  expect(quoteForFish("it's \\ here")).toBe("'it\\'s \\\\ here'");
});
