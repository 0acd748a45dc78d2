import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGoFile } from './parse-go-file.ts';

const mod = (text: string): ReturnType<typeof parseGoFile> => parseGoFile(text, 'go.mod', { kind: 'go.mod' });
const work = (text: string): ReturnType<typeof parseGoFile> =>
  parseGoFile(text, 'go.work', { kind: 'go.work' });
const problems = ({ findings }: ReturnType<typeof parseGoFile>): string[] =>
  findings.map(({ facts, message }) => `${facts?.line}:${facts?.column}: ${message}`);

describe('go.mod', () => {
  test('lines with their places', () => {
    const content = mod('module "example.com/\\u006d" // name\n\ngo 1.22 // why\ntoolchain go1.26.8\n');
    expect(content).toMatchObject({
      module: { value: 'example.com/m', place: { line: 1, column: 8 } },
      go: { value: '1.22', place: { line: 3, column: 4, text: 'go 1.22 // why' } },
      toolchain: { value: 'go1.26.8', place: { line: 4, column: 11 } },
      findings: [],
    });
  });

  test('carriage returns', () => {
    const content = mod('module m\r\n\r\ngo 1.22\r\nrequire (\r\n\tx v1.0.0\r\n)\r\n');
    expect(content).toMatchObject({ go: { value: '1.22', place: { text: 'go 1.22' } }, findings: [] });
  });

  test('blocks, comments, an empty block and parentheses in a line', () => {
    const text =
      'module m\nrequire ( // why\n\t// one\n\tx v1.0.0 // indirect\n\n)\nexclude ()\nretract [v1.0.0, v1.1.0]\n';
    expect(problems(mod(text))).toEqual([]);
  });

  test.each([
    ['\ufeffmodule m\n', '1:1: unexpected input character U+FEFF'],
    ['module m\n/* no */\n', '2:1: mod files must use // comments (not /* */ comments)'],
    ['module m\ngo 1/*x*/\n', '2:5: mod files must use // comments (not /* */ comments)'],
    ['module "m\ngo 1.22\n', '1:10: unexpected newline in string'],
    ['module `m', '1:8: unexpected EOF in string'],
    ['module m\ngo 1.22\u0007\n', '2:8: unexpected input character U+0007'],
    ['module m\nrequire (\n\tx v1\n', '2:1: syntax error (unterminated block)'],
    ['module m\nrequire (\n) x\n', '3:3: syntax error (expected newline after closing paren)'],
    ['module m\ngo 1.22\ngo 1.23\n', '3:1: repeated go statement'],
    ['module m\ngo 1.22 1.23\n', '2:1: go directive expects exactly one argument'],
    ['module m\ngo\n', '2:1: go directive expects exactly one argument'],
    ['module m\n  go v1.22\n', "2:3: invalid go version 'v1.22': must match format 1.23.0"],
    ['module m\ngo 1.22.3.4\n', "2:1: invalid go version '1.22.3.4': must match format 1.23.0"],
    ['module m\ngo "1.22"\n', '2:1: invalid go version \'"1.22"\': must match format 1.23.0'],
    [
      'module m\ntoolchain local\n',
      "2:1: invalid toolchain version 'local': must match format go1.23.0 or default",
    ],
    ['module m\ntoolchain go1.1\ntoolchain default\n', '3:1: repeated toolchain statement'],
    ['module m\nmodule n\n', '2:1: repeated module statement'],
    ["module 'm'\n", '1:1: invalid quoted string: unquoted string cannot contain quote'],
    ['module "\\q"\n', '1:1: invalid quoted string: invalid syntax'],
    ['module m\nuse ./x\n', '2:1: unknown directive: use'],
    ['module m\ngo (\n\t1.22\n)\n', '2:1: unknown block type: go'],
    ['module m\nrequire x (\n)\n', '2:1: unknown block type: require x'],
  ])('%j is refused', (text, problem) => {
    expect(problems(mod(text))).toEqual([problem]);
  });

  test('columns count characters', () => {
    expect(problems(mod('module m // 𝔾\n𝔾𝔾 "\n'))).toEqual(['2:5: unexpected newline in string']);
  });

  test('that of a dependency is read laxly', () => {
    const lax = parseGoFile('module m\ngo v1.22-x\nfoo bar\nbaz (\n)\n', 'go.mod', {
      kind: 'go.mod',
      strictness: 'lax',
    });
    expect(lax).toMatchObject({ go: { value: '1.22' }, findings: [] });
    const refused = parseGoFile('module m\ngo x\n', 'go.mod', { kind: 'go.mod', strictness: 'lax' });
    expect(problems(refused)).toHaveLength(1);
  });
});

describe('go.work', () => {
  test('directories, quoted ones too', () => {
    const content = work('go 1.22\n\nuse ./a // one\nuse (\n\t"./b c"\n\t../d\n)\n');
    expect(content.uses.map(({ value, place }) => [value, place.line, place.column])).toEqual([
      ['./a', 3, 5],
      ['./b c', 5, 2],
      ['../d', 6, 2],
    ]);
  });

  test.each([
    ['use ./a ./b\n', '1:1: usage: use local/dir'],
    ["use './a'\n", '1:1: invalid quoted string: unquoted string cannot contain quote'],
    ['module m\n', '1:1: unknown directive: module'],
    ['require (\n)\n', '1:1: unknown block type: require'],
  ])('%j is refused', (text, problem) => {
    expect(problems(work(text))).toEqual([problem]);
  });
});

test('any text gives values or findings with a place in it', () => {
  const piece = fc.constantFrom(
    'go',
    'use',
    'module',
    '1.22',
    '(',
    ')',
    '"',
    '`',
    '//',
    '/*',
    '\n',
    '\r',
    ' ',
    '\\',
    '\ufeff',
    '𝔾',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('go.mod' as const, 'go.work' as const), (given, kind) => {
      const lines = given.split('\n');
      for (const { facts } of parseGoFile(given, kind, { kind }).findings) {
        const line = lines[Number(facts?.line) - 1];
        expect(line).toBeDefined();
        expect(Number(facts?.column)).toBeLessThanOrEqual([...(line ?? '')].length + 1);
      }
    }),
  );
});

test('what is rendered is read again', () => {
  const version = fc
    .tuple(fc.nat(99), fc.option(fc.nat(99)))
    .map(([minor, patch]) => `1.${minor}${patch === null ? '' : `.${patch}`}`);
  const name = fc.stringMatching(/^[a-z][a-z0-9/._-]{0,12}$/);
  fc.assert(
    fc.property(
      version,
      fc.array(name, { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      (go, folders, end) => {
        const uses = folders.map((folder) => `./${folder}`).filter((folder) => !/\/\/|\/\*/.test(folder));
        const text = [`go ${go}`, 'use (', ...uses.map((folder) => `\t${folder}`), ')', ''].join(end);
        const content = work(text);
        expect(content.findings).toEqual([]);
        expect(content.go?.value).toBe(go);
        expect(content.uses.map(({ value }) => value)).toEqual(uses);
      },
    ),
  );
});
