import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lookUp } from './look-up.ts';

test('the first line that says it, with its place', () => {
  const text = 'module m\r\n// go 1.20\r\n\t go\t 1.22 // why\r\ngo 1.23\r\n';
  expect(lookUp(text, 'go.mod', 'go')).toEqual({
    value: '1.22',
    place: { file: 'go.mod', line: 3, column: 7, text: '\t go\t 1.22 // why' },
  });
  expect(lookUp(text, 'go.mod', 'toolchain')).toBeUndefined();
});

test('any text is read or passed over', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const found = lookUp(`${text}\ngo 1.22\n`, 'go.mod', 'go');
      expect(found).toBeDefined();
    }),
  );
});
