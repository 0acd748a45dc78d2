import { expect, test } from 'vitest';
import { JsonArray } from './json-array.ts';

function print(values: readonly unknown[]): string[] {
  const written: string[] = [];
  const array = new JsonArray((text) => written.push(text));
  for (const value of values) array.add(JSON.stringify(value));
  array.end();
  return written;
}

test.each([0, 1, 100])('%i values are indented', (count) => {
  const values = Array.from({ length: count }, (_, index) => ({ index }));
  expect(print(values)).toEqual([`${JSON.stringify(values, null, 2)}\n`]);
});

test('of more, each is a line', () => {
  const values = Array.from({ length: 101 }, (_, index) => ({ index }));
  const [text = '', ...rest] = print(values);
  expect(rest).toEqual([]);
  expect(text.split('\n')).toHaveLength(101 + 3);
  expect(JSON.parse(text)).toEqual(values);
});

test('many are written while they come', () => {
  const values = Array.from({ length: 5000 }, (_, index) => ({ index, text: 'x'.repeat(100) }));
  const written = print(values);
  expect(Math.max(...written.map(({ length }) => length))).toBeLessThan(80 << 10);
  expect(JSON.parse(written.join(''))).toEqual(values);
});
