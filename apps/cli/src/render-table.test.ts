import { expect, test } from 'vitest';
import { renderTable } from './render-table.ts';

test('columns are as wide as their widest cell on a terminal, lines end without spaces', () => {
  const rows = [
    ['program', '1', 'ok'],
    ['日本語', '12', ''],
    ['\x1b[1mbold\x1b[0m', 'two\nlines', '–'],
  ];
  expect(renderTable(['path', 'n', 'note'], rows)).toBe(
    [
      'path     n          note',
      'program  1          ok',
      '日本語   12',
      '\x1b[1mbold\x1b[0m     two lines  –',
    ].join('\n'),
  );
});

test('no rows leave the head', () => {
  expect(renderTable(['a', 'b'], [])).toBe('a  b');
});
