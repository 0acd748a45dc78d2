import { GofleetError } from '@gofleet/base/errors';
import { parseGoConstraint } from '@gofleet/base/go-constraint';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Resolution } from './declaration.ts';
import { explainDirectory } from './explain-directory.ts';
import { explainTree } from './explain-tree.ts';
import type { DeclarationFiles, Environment } from './ports.ts';
import { resolveDeclaration } from './resolve-declaration.ts';

type Files = Readonly<Record<string, string>>;
const secret = 'may not be read';

/** Files in memory; one with the text {@link secret} may not be read. */
function memoryFiles(files: Files): DeclarationFiles {
  return {
    read(path) {
      if (files[path] === secret) throw new GofleetError('declare.unreadable', `${path}: no permission`);
      return files[path];
    },
    list: (directory) => [
      ...new Set(
        Object.keys(files).flatMap((path) =>
          path.startsWith(`${directory}/`) ? [path.slice(directory.length + 1).split('/')[0] ?? ''] : [],
        ),
      ),
    ],
  };
}

const localGo = { goVersion: 'go1.26.8', goRoot: '/go', program: '/go/bin/go' };
const auto = { GOTOOLCHAIN: 'auto' };

function resolve(files: Files, env: Environment = auto, directory = '/w'): Resolution {
  return resolveDeclaration({ directory, env, platform: 'linux', localGo }, memoryFiles(files));
}
const codes = ({ findings }: Pick<Resolution, 'findings'>): string[] => findings.map(({ code }) => code);
const winner = ({ winner: won }: Resolution): string | undefined =>
  won && `${won.place.file}:${won.place.line}`;

describe('version files', () => {
  test('the nearest directory counts, within it the first of the list', () => {
    const files = {
      '/.go-version': '1.23.1',
      '/w/.go-version': '1.24.1',
      '/w/.tool-versions': 'golang 1.25.1',
      '/w/mise.toml': '[tools]\ngo="1.26.1"',
    };
    const nearest = resolve(files, {}, '/w/a');
    expect(nearest).toMatchObject({
      wish: { release: 'go1.26.1' },
      winner: { source: 'mise', place: { line: 2 } },
    });
    expect(nearest.considered.map(({ source, verdict }) => [source, verdict])).toEqual([
      ['mise', 'wins'],
      ['.tool-versions', 'loses'],
      ['.go-version', 'loses'],
      ['.go-version', 'loses'],
      ['local Go', 'loses'],
    ]);
    expect(codes(nearest)).toEqual(['declare.disagree', 'declare.disagree']);
  });

  test('what a version file pins is what go.mod is held against', () => {
    const files = { '/w/go.mod': 'module m\ngo 1.26.3\n', '/w/.go-version': '1.25.1' };
    expect(resolve(files)).toMatchObject({ wish: { release: 'go1.26.3' }, winner: { what: 'go line' } });
    expect(codes(resolve(files))).toEqual(['declare.older-than-go-line']);
    const fixed = resolve(files, { GOTOOLCHAIN: 'local' });
    expect(fixed.wish).toEqual({ kind: 'release', release: 'go1.25.1' });
    expect(codes(fixed)).toEqual(['declare.too-old', 'declare.older-than-go-line']);
  });

  test.each([
    ['1.26', '1.26.3', { kind: 'constraint', constraint: '1.26 >=1.26.3' }, []],
    ['1.26', '1.22', { kind: 'constraint', constraint: '1.26' }, []],
    ['1.25', '1.26.3', { kind: 'release', release: 'go1.26.3' }, ['declare.older-than-go-line']],
    ['1.25', '1.26', { kind: 'release', release: 'go1.26.0' }, ['declare.older-than-go-line']],
    ['latest', '1.26.3', { kind: 'constraint', constraint: '>=1.0 >=1.26.3' }, []],
    ['system', '1.26.3', { kind: 'release', release: 'go1.26.8' }, []],
    [
      '1.20.14',
      '1.26.3',
      { kind: 'release', release: 'go1.20.14' },
      ['declare.too-old', 'declare.older-than-go-line'],
    ],
  ])('.go-version %s over go %s', (pin, line, wish, expected) => {
    const resolution = resolve({ '/w/go.mod': `module m\ngo ${line}\n`, '/w/.go-version': pin });
    expect(resolution.wish).toEqual(wish);
    expect(codes(resolution)).toEqual(expected);
  });

  test('a file that cannot be understood decides nothing', () => {
    const resolution = resolve({ '/.go-version': '1.24.1', '/w/.go-version': 'one' });
    expect(winner(resolution)).toBe('/.go-version:1');
    expect(resolution.findings).toMatchObject([
      { code: 'declare.malformed', facts: { file: '/w/.go-version', line: 1, column: 1 } },
    ]);
  });

  test('a byte order mark is said', () => {
    const resolution = resolve({ '/w/.go-version': '\ufeff1.26.8\r\n' });
    expect(resolution.wish).toEqual({ kind: 'release', release: 'go1.26.8' });
    expect(codes(resolution)).toEqual(['declare.byte-order-mark']);
  });
});

describe('go.mod and go.work', () => {
  test('a go.mod that may not be read stops the go command; a version file does not', () => {
    const resolution = resolve({
      '/go.mod': 'module m\ngo 1.30.1\n',
      '/w/go.mod': secret,
      '/w/.go-version': secret,
    });
    expect(resolution.wish).toBeUndefined();
    expect(codes(resolution)).toEqual(['declare.unreadable', 'declare.unreadable', 'declare.go-refuses']);
    expect(resolution.watched).toContainEqual({ path: '/w/go.mod', found: true });
  });

  test('malformed files are findings with line and column, though Go still chooses', () => {
    const resolution = resolve({ '/w/go.mod': 'module m\ngo 1.30.1\nfoo bar\n' });
    expect(resolution.wish).toEqual({ kind: 'release', release: 'go1.30.1' });
    expect(resolution.findings).toMatchObject([
      { code: 'declare.malformed', facts: { line: 3, column: 1, text: 'foo bar' } },
    ]);
  });

  test('what a workspace lists', () => {
    const files = {
      '/w/go.work': 'go 1.24.1\nuse (\n\t./a\n\t./b\n\t./none\n)\n',
      '/w/a/go.mod': 'module a\ngo 1.22\n',
      '/w/b/go.mod': 'module b\ngo 1.25.1\n',
      '/w/c/go.mod': 'module c\ngo 1.22\n',
    };
    expect(codes(resolve(files, auto, '/w/a'))).toEqual(['declare.workspace-too-old', 'declare.no-module']);
    expect(codes(resolve(files, auto, '/w/c'))).toEqual([
      'declare.workspace-too-old',
      'declare.no-module',
      'declare.outside-workspace',
    ]);
  });

  test('no Go at all', () => {
    const input = { directory: '/w', env: {}, platform: 'linux', localGo: undefined };
    expect(resolveDeclaration(input, memoryFiles({}))).toMatchObject({
      wish: { kind: 'local' },
      winner: undefined,
    });
    const module = memoryFiles({ '/w/go.mod': 'module m\ngo 1.25\n' });
    expect(resolveDeclaration(input, module).wish).toEqual({ kind: 'release', release: 'go1.25.0' });
  });

  test('a development tree stays what it is', () => {
    const devel = { ...localGo, goVersion: 'devel go1.27-0123abcd' };
    const input = { directory: '/w', env: auto, platform: 'linux', localGo: devel };
    expect(resolveDeclaration(input, memoryFiles({ '/w/go.mod': 'module m\ngo 1.26.9\n' })).wish).toEqual({
      kind: 'local',
    });
  });

  test('every file that could decide is watched', () => {
    const { watched } = resolve({ '/w/go.mod': 'module m\n' }, { HOME: '/h' }, '/w/a');
    const paths = watched.map(({ path }) => path);
    for (const folder of ['/w/a', '/w', ''])
      for (const name of ['go.work', '.go-version', 'mise.toml'])
        expect(paths).toContain(`${folder}/${name}`);
    expect(paths).toEqual(expect.arrayContaining(['/h/.config/go/env', '/go/go.env', '/w/a/go.mod']));
    expect(watched.filter(({ found }) => found).map(({ path }) => path)).toEqual(['/w/go.mod']);
  });
});

const project = {
  '/w/.git/HEAD': '',
  '/w/go.mod': 'module m\ngo 1.25.1\ntoolchain go1.26.2\n',
  '/w/.go-version': '1.26.8',
  '/w/Dockerfile': 'FROM golang:1.24\n',
  '/w/dev.Dockerfile': 'FROM golang:1.26.1\n',
  '/w/deploy.yaml':
    'apiVersion: gofleet.dev/v1alpha1\nkind: GoRuntime\nspec: { runtime: { goVersion: "1.27" } }\n',
  '/w/.github/workflows/ci.yml':
    'jobs: { a: { steps: [ { uses: actions/setup-go@v6, with: { go-version-file: go.sum } } ] } }\n',
};

test('every wish can be taken further: a release has a name, a constraint is one', () => {
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('1', '1.26', '1.999test', '1.99999999', 'go1.26.8', 'default', 'latest', '1.27rc1'),
  );
  fc.assert(
    fc.property(value, value, value, (line, toolchain, pin) => {
      const files = { '/w/go.mod': `module m\ngo ${line}\ntoolchain ${toolchain}\n`, '/w/.go-version': pin };
      const { wish, considered } = resolve(files);
      for (const one of [wish, ...considered.map((each) => each.wish)]) {
        if (one?.kind === 'constraint') parseGoConstraint(one.constraint);
        if (one?.kind === 'release') expect(one.release).not.toBe('');
      }
    }),
  );
});

describe('around a directory', () => {
  test('what disagrees with go.mod or the version file', () => {
    const input = { directory: '/w', env: auto, platform: 'linux', localGo };
    const resolution = explainDirectory(input, memoryFiles(project));
    expect(winner(resolution)).toBe('/w/.go-version:1');
    expect(resolution.findings.map(({ code, facts }) => `${facts?.file}: ${code}`).sort()).toEqual([
      '/w/.github/workflows/ci.yml: declare.no-version-file',
      '/w/Dockerfile: declare.older-than-go-line',
      '/w/deploy.yaml: declare.disagree',
      '/w/dev.Dockerfile: declare.older-than-toolchain-line',
    ]);
    expect(resolution.considered.filter(({ verdict }) => verdict === 'compared')).toHaveLength(4);
  });

  test('a tree: every module, each finding once', () => {
    const files = {
      ...project,
      '/w/a/go.mod': 'module a\ngo 1.26\n',
      '/w/go.work': 'go 1.26\nuse (\n\t.\n\t./a\n\t./none\n)\n',
    };
    const directories = new Map(
      ['/w', '/w/a', '/w/.github/workflows'].map((directory) => [
        directory,
        Object.keys(files).flatMap((path) =>
          path.lastIndexOf('/') === directory.length && path.startsWith(directory)
            ? [path.slice(directory.length + 1)]
            : [],
        ),
      ]),
    );
    const tree = explainTree(
      { env: auto, platform: 'linux', localGo },
      { files: memoryFiles(files), directories },
    );
    expect(tree.resolutions.map(({ directory }) => directory)).toEqual(['/w', '/w/a']);
    expect(codes(tree).filter((code) => code === 'declare.no-module')).toHaveLength(1);
    expect(tree.compared).toHaveLength(4);
  });
});
