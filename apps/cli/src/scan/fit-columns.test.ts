import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitColumns, shortenMiddle } from './fit-columns.ts';

test('a long text loses its middle', () => {
  expect(shortenMiddle('/usr/local/share/bin/app', 13)).toBe('/usr/l…in/app');
  expect(shortenMiddle('short', 13)).toBe('short');
});

test('wide columns give way first, and only as much as is needed', () => {
  const rows = [
    ['PATH', 'GO', 'MODULE'],
    ['/a/very/long/path/of/a/program', 'go1.26.8', 'example.com/module'],
  ];
  expect(fitColumns(rows, 60, [0, 2])).toEqual(rows);
  const [, fitted = []] = fitColumns(rows, 50, [0, 2]);
  expect(fitted).toEqual(['/a/very/l…/a/program', 'go1.26.8', 'example.com/module']);
});

test('lines fit whenever columns of twelve would, and no cell grows', () => {
  const cell = fc.string({ maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1 }),
      fc.integer({ min: 26, max: 140 }),
      (rows, width) => {
        const fitted = fitColumns(rows, width, [0, 1]);
        const widths = [0, 1].map((column) => Math.max(...fitted.map((row) => row[column]?.length ?? 0)));
        expect((widths[0] ?? 0) + 2 + (widths[1] ?? 0)).toBeLessThanOrEqual(width);
      },
    ),
  );
});
