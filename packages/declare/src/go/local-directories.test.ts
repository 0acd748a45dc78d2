import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listLocalDirectories } from './local-directories.ts';

test('replacements that are directories, alone and in blocks, quoted or not', () => {
  const text = `module example.test/m

replace example.test/a => ../a

replace (
	example.test/b v1.0.0 => "/abs/b"
	example.test/c => example.test/d v1.2.3
	example.test/e => .. // a comment
)
`;
  expect(listLocalDirectories(text)).toEqual([
    { directory: '../a', verb: 'replace', line: 3 },
    { directory: '/abs/b', verb: 'replace', line: 6 },
    { directory: '..', verb: 'replace', line: 8 },
  ]);
});

test('directories of a workspace', () => {
  const text = 'go 1.26\n\nuse (\n\t.\n\t"../other"\n)\nuse /elsewhere\n';
  expect(listLocalDirectories(text).map(({ directory }) => directory)).toEqual([
    '.',
    '../other',
    '/elsewhere',
  ]);
});

test('any text gives a list', () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(listLocalDirectories(text))));
});
