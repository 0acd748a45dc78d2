import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isGofleetError } from './errors.ts';
import { parseSize } from './parse-size.ts';

test.each([
  ['0', 0],
  ['4096', 4096],
  ['10GB', 10e9],
  ['10gb', 10e9],
  ['1.5 GiB', 1.5 * 1024 ** 3],
  ['512M', 512 * 1024 ** 2],
  ['2TB', 2e12],
])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

test.each(['', 'GB', '-1', '10 XB', '10iB', '1e9', '10GB/s'])('"%s" is refused', (text) => {
  expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'base.malformed-size' }));
});

test('any text is a size or our error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(parseSize(text)).toBeGreaterThanOrEqual(0);
      } catch (thrown) {
        expect(isGofleetError(thrown)).toBe(true);
      }
    }),
  );
});
