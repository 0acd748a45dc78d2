import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GoModule } from './binary-facts.ts';
import { parseBuildInfo, renderBuildInfo } from './build-info.ts';

const text = [
  'path\texample.com/cmd/hello',
  'mod\texample.com/cmd\tv1.2.3\th1:main=',
  'dep\texample.com/a\tv0.1.0\th1:a=',
  'dep\texample.com/b\tv0.2.0',
  '=>\texample.com/b-fork\tv0.3.0\th1:fork=',
  'dep\texample.com/c\tv1.0.0',
  '=>\t./c\t(devel)\t',
  'build\t-ldflags="-s -w -X main.v=\\"1\\""',
  'build\tGOOS=linux',
  '',
].join('\n');

test('parses what the go command records', () => {
  const info = parseBuildInfo(text, 'go1.26.8');
  expect(info.package).toBe('example.com/cmd/hello');
  expect(info.main).toEqual({ path: 'example.com/cmd', version: 'v1.2.3', sum: 'h1:main=' });
  expect(info.deps[1]).toEqual({
    path: 'example.com/b',
    version: 'v0.2.0',
    replace: { path: 'example.com/b-fork', version: 'v0.3.0', sum: 'h1:fork=' },
  });
  expect(info.deps[2]?.replace).toEqual({ path: './c', version: '(devel)' });
  expect(info.settings).toEqual({ '-ldflags': '-s -w -X main.v="1"', GOOS: 'linux' });
  // Go prints an empty line behind every replacement.
  expect(renderBuildInfo(info)).toBe(text.replaceAll(/^=>.*\n/gm, '$&\n'));
});

test('skips lines of an unknown kind and a last line without its end', () => {
  const info = parseBuildInfo('go\tgo1.20\nnews\tx\npath\ta\nbuild\tGOOS');
  expect(info).toMatchObject({ package: 'a', settings: {} });
});

test.each([
  ['mod\tonly', 'line 1: a module has 2 or 3 columns, found 1'],
  ['path\ta\ndep\ta\tb\tc\td', 'line 2: a module has 2 or 3 columns, found 4'],
  ['=>\ta\tv1\th1:x', 'line 1: a replacement without a module before it'],
  ['dep\ta\tv1\n=>\tb\tv2', 'line 2: a replacement has 3 columns, found 2'],
  ['build\tno-equals-sign', 'line 1: a build setting needs a key and "="'],
  ['build\t=x', 'line 1: a build setting needs a key and "="'],
  ['build\t"a b"x=1', 'line 1: a build setting needs a key and "="'],
  ['build\ta=two words', 'line 1: the value of build setting a is badly quoted'],
  ['build\ta="\\q"', 'line 1: the value of build setting a is badly quoted'],
])('refuses %j as Go does', (line, message) => {
  expect(() => parseBuildInfo(`${line}\n`)).toThrow(message);
});

test('setting names that objects have of their own are names like any other', () => {
  expect(Object.entries(parseBuildInfo('build\t__proto__=x\n').settings)).toEqual([['__proto__', 'x']]);
});

const word = fc.stringMatching(/^[a-z0-9./@+-]{1,20}$/);
const module: fc.Arbitrary<GoModule> = fc
  .record({ path: word, version: word, sum: fc.option(word, { nil: undefined }) })
  .map(({ path, version, sum }) => (sum === undefined ? { path, version } : { path, version, sum }));
const dependency = fc
  .tuple(module, fc.option(module, { nil: undefined }))
  .map(([{ path, version, sum }, replace]) =>
    replace ? { path, version, replace } : { path, version, ...(sum === undefined ? {} : { sum }) },
  );
const settings = fc.dictionary(
  fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => !/^\d+$/.test(key)),
  fc.string({ unit: 'grapheme' }),
  { noNullPrototype: true },
);

test('what is rendered parses back to the same', () => {
  fc.assert(
    fc.property(fc.record({ package: word, main: module, deps: fc.array(dependency), settings }), (info) => {
      const rendered = renderBuildInfo(info);
      const { text: _text, goVersion: _version, ...parsed } = parseBuildInfo(rendered);
      expect(parsed).toEqual(info);
      expect(renderBuildInfo(parsed)).toBe(rendered);
    }),
  );
});

test('any text parses or gives our error', () => {
  const kind = fc.constantFrom('path\t', 'mod\t', 'dep\t', '=>\t', 'build\t', '');
  const line = fc.tuple(kind, fc.string({ unit: 'binary' })).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        parseBuildInfo(`${lines.join('\n')}\n`);
      } catch (thrown) {
        expect((thrown as { code: string }).code).toBe('identify.malformed-build-info');
      }
    }),
  );
});
