import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteForC } from './quote-for-c.ts';
import { nativeEntry, renderNativeAnswer } from './render-native-answer.ts';

test('every text becomes a C literal of plain ASCII whose escapes give its bytes again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const literal = quoteForC(text);
      expect(literal).toMatch(/^"(?:[ !#->@-[\]-~]|\\[0-3][0-7]{2})*"$/);
      const bytes = literal
        .slice(1, -1)
        .replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
      expect(Buffer.from(bytes, 'latin1')).toEqual(Buffer.from(text));
    }),
  );
});

test('an answer is fields that end with a zero byte: conditions first, then the target', () => {
  const conditions = {
    found: '/m/go.mod\n',
    context: 'auto\n',
    files: [{ path: '/m/go.mod', mtimeNs: -1_000_000_001n, stamp: 'unused' }],
    absent: ['/m/go.work'],
    path: { nextGo: '/usr/bin/go' },
  };
  expect(renderNativeAnswer({ version: 'go1.26.8', goRoot: '/go' }, conditions)).toBe(
    'f/m/go.mod\n\0cauto\n\0t-1000000001 /m/go.mod\0a/m/go.work\0n/usr/bin/go\0vgo1.26.8\0r/go\0',
  );
});

test('the native copy of an answer has a name that no other answer has', () => {
  expect(nativeEntry('/c/m/.go,auto,')).toBe('/c/m/.native,auto,');
  expect(nativeEntry('/c/.go,x/.go,.go,x')).toBe('/c/.go,x/.native,.go,x');
});
