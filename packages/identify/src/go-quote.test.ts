import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteGo, unquoteGoPrefix } from './go-quote.ts';

test('reads Go string literals', () => {
  expect(unquoteGoPrefix('"a\\tb\\x41\\101\\u00e9\\U0001F600" rest')).toEqual({
    value: 'a\tbAAé😀',
    length: 30,
  });
  expect(unquoteGoPrefix('`raw\\n`')).toEqual({ value: 'raw\\n', length: 7 });
});

test.each(['', 'a', '"open', '`open', '"\\q"', '"\\777"', '"\\ud800"', '"\\U00110000"', '"new\nline"'])(
  'no literal: %j',
  (text) => {
    expect(unquoteGoPrefix(text)).toBeUndefined();
  },
);

test('quoting and unquoting any text gives it back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const quoted = quoteGo(value);
      expect(unquoteGoPrefix(quoted)).toEqual({ value, length: quoted.length });
    }),
  );
});
