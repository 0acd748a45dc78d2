import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relinkOriginalFromObserved } from '../relink-original.ts';
import { proposeLinkValues } from './propose-link-values.ts';
import { mayBeRecipe, parseRecipePackages, parseReleaseRecipe, variablesOf } from './release-recipe.ts';

const goreleaser = `builds:
  - ldflags:
      - -s -w -X main.version={{.Version}} -X main.commit={{ .ShortCommit }}
      - -X "main.date={{.Date}}" -X main.builtBy=goreleaser
`;
const makefile = `PKG := example.com/m/internal/build
VERSION ?= $(shell git describe --tags)
LDFLAGS = -w -s -X $(PKG).Version=$(VERSION) -X '$(PKG).Commit=$$(git rev-parse HEAD)'
`;
const dockerfile = 'RUN go build -ldflags="-X=main.version=$(VERSION) -X=main.name=tool" -o /tool .\n';

test.each([
  [
    goreleaser,
    [
      ['main.version', '{{.Version}}'],
      ['main.commit', '{{ .ShortCommit }}'],
      ['main.date', '{{.Date}}'],
      ['main.builtBy', 'goreleaser'],
    ],
  ],
  [
    dockerfile,
    [
      ['main.version', '$(VERSION)'],
      ['main.name', 'tool'],
    ],
  ],
])('what a recipe sets', (text, expected) => {
  expect(parseReleaseRecipe(text).map(({ name, template }) => [name, template])).toEqual(expected);
});

test('variables of a Makefile', () => {
  const names = parseReleaseRecipe(makefile).map(({ name }) => name);
  expect(names).toEqual(['example.com/m/internal/build.Version', 'example.com/m/internal/build.Commit']);
});

test('which files may hold recipes', () => {
  const recipes = [
    '.goreleaser.yml',
    'Makefile',
    'Dockerfile.ci',
    '.ko.yaml',
    'build',
    'magefile.go',
    'release.yaml',
  ];
  expect([...recipes, 'main.go', 'go.mod', 'README.md', 'logo.png'].filter(mayBeRecipe)).toEqual(recipes);
});

const commit = '2bd066d87f5bafd315be9f40889d0a60b9e58e0b';
const original = relinkOriginalFromObserved({
  ...{ sha256: 'a'.repeat(64), sizeBytes: 1, goVersion: 'go1.24.1', os: 'linux', arch: 'amd64', buildId: '' },
  buildInfo: `path\tm\nmod\tm\tv1.2.3\nbuild\tvcs.revision=${commit}\nbuild\tvcs.time=2026-07-08T04:22:40Z\n`,
});

test('templates filled with what the original holds', () => {
  const bytes = `...1.2.3...${commit.slice(0, 7)}...2026-07-08T04:30:00Z...goreleaser`;
  const evidence = {
    holds: (text: string) => bytes.includes(text),
    dates: ['2026-07-08T04:30:00Z'],
    versions: [],
    set: [],
    printed: [],
    release: '',
  };
  const settable = { recipes: parseReleaseRecipe(goreleaser), declared: [] };
  const [first] = proposeLinkValues(original, settable, evidence);
  expect(Object.fromEntries(first ?? [])).toEqual({
    'main.version': '1.2.3',
    'main.commit': commit.slice(0, 7),
    'main.date': '2026-07-08T04:30:00Z',
    'main.builtBy': 'goreleaser',
  });
  expect(proposeLinkValues(original, { recipes: [], declared: [] }, evidence)).toEqual([]);
});

const script = `add_flag() {
  local key=\${1}
  local val=\${2}
  flags+=(
    "-X 'example.com/client/version.\${key}=\${val}'"
    "-X 'example.com/base/version.\${key}=\${val}'"
  )
}
add_flag "gitMinor" "\${GIT_MINOR}"
`;

test('a script that names variables elsewhere: those that its packages declare, in its order', () => {
  const packages = parseRecipePackages(script);
  expect(packages).toEqual(['example.com/client/version', 'example.com/base/version']);
  expect(parseReleaseRecipe(script)).toEqual([]);
  const names = ['gitMajor', 'gitMinor', 'gitVersion'];
  const declared = ['base/version', 'other', 'client/version', 'client/version/sub'].flatMap((path) =>
    names.map((name) => `example.com/${path}.${name}`),
  );
  const recipes = variablesOf(packages, declared);
  const set = ['1', '1', '2', '2', 'v1.2.3', 'v1.2.3'].map((value, address) => ({ value, address }));
  const evidence = { holds: () => true, dates: [], versions: [], set, printed: [], release: '' };
  const [first] = proposeLinkValues(original, { recipes, declared }, evidence);
  expect([...(first ?? [])]).toEqual([
    ['example.com/client/version.gitMajor', '1'],
    ['example.com/base/version.gitMajor', '1'],
    ['example.com/client/version.gitMinor', '2'],
    ['example.com/base/version.gitMinor', '2'],
    ['example.com/client/version.gitVersion', 'v1.2.3'],
    ['example.com/base/version.gitVersion', 'v1.2.3'],
  ]);
});

test('any text is read in bounded time, into names that the linker takes', () => {
  const words = fc.constantFrom(
    '-X ',
    '-X=',
    'a.b',
    '=',
    '{{',
    '}}',
    '$(',
    ')',
    "'",
    '"',
    ' ',
    '\n',
    'V',
    ':=',
    '$V',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
      for (const { name } of parseReleaseRecipe(parts.join(''))) expect(name).toMatch(/^[\w.~/-]+\.\w+$/);
    }),
  );
});
