import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PathKind, parseSource, renderSource } from './source-spec.ts';

const here: Readonly<Record<string, PathKind>> = {
  './src': 'directory',
  'src.zip': 'file',
  '/a@b': 'directory',
};
const parse = (text: string): ReturnType<typeof parseSource> => parseSource(text, (path) => here[path]);

test.each([
  ['./src', { kind: 'directory', path: './src' }],
  ['/a@b', { kind: 'directory', path: '/a@b' }],
  ['src.zip', { kind: 'archive', path: 'src.zip' }],
  ['./src@v1.2.3', { kind: 'git', repository: './src', revision: 'v1.2.3' }],
  ['https://git.example/a/b', { kind: 'git', repository: 'https://git.example/a/b', revision: '' }],
  [
    'https://me@git.example/a/b@main',
    { kind: 'git', repository: 'https://me@git.example/a/b', revision: 'main' },
  ],
  [
    'git@git.example:a/b.git@0123abc',
    { kind: 'git', repository: 'git@git.example:a/b.git', revision: '0123abc' },
  ],
  ['git@git.example:a/b.git', { kind: 'git', repository: 'git@git.example:a/b.git', revision: '' }],
  ['example.com/a/b@0123abc', { kind: 'module', path: 'example.com/a/b', query: '0123abc' }],
])('%s', (text, source) => {
  expect(parse(text)).toEqual(source);
  expect(renderSource(parse(text))).toBe(text);
});

test.each(['', './gone', 'example.com/a/b', 'word@v1', './src@--exec', './src@a b'])(
  'refused: %s',
  (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'build.bad-source' }));
  },
);

test('any text is a source or refused, never something else', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(parse(text).kind).toMatch(/^(git|module)$/);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'build.bad-source' });
      }
    }),
  );
});
