import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GoWish, ParsedFile } from '../declaration.ts';
import { parseGoVersionFile } from './go-version-file.ts';
import { parseMise } from './mise.ts';
import { parseToolVersions } from './tool-versions.ts';

const release = (version: string): GoWish => ({ kind: 'release', release: `go${version}` });
const constraint = (text: string): GoWish => ({ kind: 'constraint', constraint: text });

function read({ declarations, findings }: ParsedFile): unknown {
  const [first] = declarations;
  const problems = findings.map(({ facts, message }) => `${facts?.line}:${facts?.column}: ${message}`);
  return first
    ? [`${first.place.line}:${first.place.column}`, first.value, first.wish, ...problems]
    : problems;
}

describe('.tool-versions', () => {
  test.each([
    ['nodejs 22.1.0\ngolang 1.26.8\n', ['2:8', '1.26.8', release('1.26.8')]],
    ['  go   1.26.8 1.25.3 system # both\n', ['1:8', '1.26.8', release('1.26.8')]],
    ['# golang 1.1\r\ngolang 1.26.8\r\n', ['2:8', '1.26.8', release('1.26.8')]],
    ['\ufeffgolang 1.26.8\n', ['1:8', '1.26.8', release('1.26.8')]],
    ['golang 1.20\n', ['1:8', '1.20', release('1.20')]],
    ['golang 1.26\n', ['1:8', '1.26', constraint('1.26')]],
    ['golang latest:1.26\n', ['1:8', 'latest:1.26', constraint('1.26')]],
    ['golang latest\n', ['1:8', 'latest', constraint('>=1.0')]],
    ['golang system\n', ['1:8', 'system', { kind: 'local' }]],
    ['golang ref:master\n', ['1:8', 'ref:master', { kind: 'unknown' }]],
    ['golang 1.27rc1\n', ['1:8', '1.27rc1', release('1.27rc1')]],
    ['golangci-lint 2.1.0\n', []],
    ['', []],
    ['golang\n', ['1:7: golang has no version']],
    ['golang # 1.26.8\n', ['1:8: golang has no version']],
    ['golang 1.26.x\n', ['1:8: "1.26.x" is no Go version']],
    [
      'golang 1.26.8\ngolang 1.25.3\n',
      ['1:8', '1.26.8', release('1.26.8'), '2:8: a second line for Go is not read; line 1 counts'],
    ],
  ])('%j', (text, expected) => {
    expect(read(parseToolVersions(text, '.tool-versions'))).toEqual(expected);
  });
});

describe('.go-version', () => {
  test.each([
    ['1.26.8', ['1:1', '1.26.8', release('1.26.8')]],
    ['\n# why\n  go1.26.8 # x\r\n1.25.1\n', ['3:3', 'go1.26.8', release('1.26.8')]],
    ['\ufeff1.20\r\n', ['1:1', '1.20', constraint('1.20')]],
    ['1', ['1:1', '1', constraint('>=1.0 <2.0')]],
    ['', ['1:1: no version in it']],
    ['# nothing\n', ['1:1: no version in it']],
    ['\n v1.26\n', ['2:2: "v1.26" is no Go version']],
  ])('%j', (text, expected) => {
    expect(read(parseGoVersionFile(text, '.go-version'))).toEqual(expected);
  });
});

describe('mise.toml', () => {
  test.each([
    ['[tools]\nnode = "22"\ngo = "1.26.8"\n', ['3:6', '1.26.8', release('1.26.8')]],
    ["[tools]\r\n  go = '1.26' # x\r\n", ['2:8', '1.26', constraint('1.26')]],
    ['[tools]\ngo = ["1.26", "1.25"]\n', ['2:7', '1.26', constraint('1.26')]],
    ['[tools]\ngo = { version = "1.26.8", os = ["linux"] }\n', ['2:18', '1.26.8', release('1.26.8')]],
    ['[tools]\ngo = [{ version = "1.26.8" }]\n', ['2:19', '1.26.8', release('1.26.8')]],
    ['[tools.go]\nversion = "prefix:1.26"\n', ['2:11', 'prefix:1.26', constraint('1.26')]],
    ['tools.go = "1.26.8"\n', ['1:12', '1.26.8', release('1.26.8')]],
    ['tools = { go = "1.26.8" }\n', ['1:16', '1.26.8', release('1.26.8')]],
    ['[tools]\n"core:go" = "1.26.8"\n', ['2:13', '1.26.8', release('1.26.8')]],
    ['[[tools.go]]\nversion = "1.26.8"\n', ['2:11', '1.26.8', release('1.26.8')]],
    ['\ufeff[tools]\ngo = "1.26.8"\n', ['2:6', '1.26.8', release('1.26.8')]],
    ['[env]\ngo = "1.26.8"\n', []],
    ['', []],
    ['[tools]\ngo = 1.26\n', ['2:6: the version of go is no string']],
    ['[tools]\ngo = []\n', ['2:6: the version of go is no string']],
    ['[tools]\ngo = "one"\n', ['2:6: "one" is no Go version']],
  ])('%j', (text, expected) => {
    expect(read(parseMise(text, 'mise.toml'))).toEqual(expected);
  });

  test.each(['[tools\ngo = "1"\n', '[tools]\ngo = "1.26\n', '[tools]\ngo =\n', 'a = 1\na = 2\n'])(
    '%j is malformed',
    (text) => {
      const { declarations, findings } = parseMise(text, 'mise.toml');
      expect(declarations).toEqual([]);
      expect(findings).toMatchObject([
        { code: 'declare.malformed', facts: { line: expect.any(Number), column: expect.any(Number) } },
      ]);
    },
  );
});

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '[tools]',
        'go',
        'golang',
        ' = ',
        '"',
        "'",
        '1.26.8',
        '\n',
        '\r\n',
        '#',
        ' ',
        '[',
        ']',
        '{',
        '}',
        '.',
        '\ufeff',
      ),
    )
    .map((parts) => parts.join('')),
);
test.each([
  ['.tool-versions', parseToolVersions],
  ['.go-version', parseGoVersionFile],
  ['mise.toml', parseMise],
])('any text as %s gives declarations or findings with places', (file, parse) => {
  fc.assert(
    fc.property(text, (given) => {
      const { declarations, findings } = parse(given, file);
      for (const { place } of declarations)
        expect(place.text).toBe(
          given
            .replace(/^\ufeff/, '')
            .split('\n')
            [place.line - 1]?.replace(/\r$/, ''),
        );
      for (const { facts } of findings)
        expect(facts).toMatchObject({ file, line: expect.any(Number), column: expect.any(Number) });
    }),
  );
});

test('an exact version comes back from every file that is written with it', () => {
  fc.assert(
    fc.property(fc.nat(99), fc.nat(99), (minor, patch) => {
      const version = `1.${minor}.${patch}`;
      for (const parsed of [
        parseToolVersions(`golang ${version}\n`, ''),
        parseGoVersionFile(`${version}\n`, ''),
        parseMise(`[tools]\ngo = "${version}"\n`, ''),
      ]) {
        expect(parsed.declarations[0]?.wish).toEqual(release(version));
      }
    }),
  );
});
