import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GoWish, ParsedFile } from '../declaration.ts';
import { parseDockerfile } from './dockerfile.ts';
import { parseGoRuntimes } from './go-runtime.ts';
import { parseSetupGoVersion } from './setup-go-version.ts';
import { parseWorkflow } from './workflow.ts';

const release = (version: string): GoWish => ({ kind: 'release', release: `go${version}` });
const constraint = (text: string): GoWish => ({ kind: 'constraint', constraint: text });
const any = constraint('>=1.0');
const unknown: GoWish = { kind: 'unknown' };

const read = ({ declarations }: ParsedFile): unknown[] =>
  declarations.map(({ what, value, wish, place }) => [`${place.line}:${place.column}`, what, value, wish]);
const problems = ({ findings }: ParsedFile): string[] =>
  findings.map(({ code, facts }) => `${facts?.line}:${facts?.column} ${code}`);

describe('Dockerfile: tags', () => {
  test.each([
    ['golang:1.26.8', release('1.26.8')],
    ['golang:1.26.8-alpine3.22', release('1.26.8')],
    ['golang:1.26-bookworm', constraint('1.26')],
    ['golang:1.20', constraint('1.20')],
    ['golang:1', constraint('>=1.0 <2.0')],
    ['golang:1.27rc1-alpine', release('1.27rc1')],
    ['golang', any],
    ['golang:latest', any],
    ['golang:alpine', any],
    ['golang:tip', unknown],
    ['golang@sha256:0123abcd', unknown],
    ['golang:1.26.8@sha256:0123abcd', release('1.26.8')],
    ['docker.io/library/golang:1.26.8', release('1.26.8')],
    ['mirror.example:5000/hub/golang:1.26.8', release('1.26.8')],
    ['"golang:1.26.8"', release('1.26.8')],
  ])('%s', (image, wish) => {
    const { declarations } = parseDockerfile(`FROM ${image}\n`, 'Dockerfile');
    expect(declarations.map((one) => one.wish)).toEqual([wish]);
  });

  test.each(['alpine:3.22', 'golangci/golangci-lint:v2', 'mygolang:1.26', 'golang/x:1.26'])(
    '%s is none',
    (image) => {
      expect(parseDockerfile(`FROM ${image}\n`, 'Dockerfile').declarations).toEqual([]);
    },
  );
});

describe('Dockerfile: stages and arguments', () => {
  test('the stages that the last one is made from', () => {
    const text = `FROM golang:1.24 AS lint
RUN go vet ./...
FROM --platform=$BUILDPLATFORM golang:1.26.8-alpine AS Build
COPY --from=tools /bin/x /x
FROM golang:1.25 AS tools
FROM scratch
COPY --chown=0 --from=build /app /app
RUN --mount=type=bind,from=2,source=/x,target=/x true
`;
    expect(read(parseDockerfile(text, 'Dockerfile'))).toEqual([
      ['3:32', 'stage build', 'golang:1.26.8-alpine', release('1.26.8')],
      ['5:6', 'stage tools', 'golang:1.25', constraint('1.25')],
    ]);
  });

  test('arguments: defaults, those of a stage do not count, forms with a word', () => {
    const text = `ARG GO=1.26.8
ARG IMAGE=golang:\${GO} EMPTY=
FROM $IMAGE AS a
ARG GO=1.20
FROM golang:\${GO}-alpine AS b
FROM golang:\${NONE:-1.25.1} AS c
FROM golang:1.24\${EMPTY:+-x} AS d
FROM scratch
COPY --from=a / /a
COPY --from=b / /b
COPY --from=c / /c
COPY --from=d / /d
`;
    const { declarations } = parseDockerfile(text, 'Dockerfile');
    expect(declarations.map(({ value }) => value)).toEqual([
      'golang:1.26.8',
      'golang:1.26.8-alpine',
      'golang:1.25.1',
      'golang:1.24',
    ]);
  });

  test('an argument without a default is said, not guessed', () => {
    const parsed = parseDockerfile('ARG GO\nFROM golang:$GO\n', 'Dockerfile');
    expect(parsed.declarations).toEqual([]);
    expect(problems(parsed)).toEqual(['2:6 declare.unresolved-argument']);
  });

  test('continued lines, comments between them, here-documents, another escape', () => {
    const text =
      'from \\\n# why\n  golang:1.26.8 \\\n  as x\nRUN <<-EOF cat <<"B"\nFROM golang:1.1\n\tEOF\nFROM golang:1.2\nB\nRUN cat <<<x\n';
    expect(read(parseDockerfile(text, 'Dockerfile'))).toEqual([
      ['3:3', 'stage x', 'golang:1.26.8', release('1.26.8')],
    ]);
    const windows = '# escape=`\r\nFROM `\r\n  golang:1.26.8\r\nRUN dir C:\\\r\n';
    expect(read(parseDockerfile(windows, 'Dockerfile'))).toEqual([
      ['3:3', 'stage 0', 'golang:1.26.8', release('1.26.8')],
    ]);
  });

  test('byte order mark; a FROM without an image', () => {
    expect(parseDockerfile('\ufeffFROM golang:1.26.8\n', 'Dockerfile').declarations).toHaveLength(1);
    expect(problems(parseDockerfile('FROM --platform=x\n', 'Dockerfile'))).toEqual(['1:6 declare.malformed']);
  });
});

describe('setup-go', () => {
  test.each([
    ['1.26.8', release('1.26.8')],
    ['1.26', constraint('1.26')],
    ['1.26.x', constraint('1.26')],
    ['1.x', constraint('>=1.0 <2.0')],
    ['^1.25.1', constraint('>=1.25.1 <2.0')],
    ['~1.25.1', constraint('>=1.25.1 <1.26')],
    ['>=1.25.0 <1.27', constraint('>=1.25.0 <1.27')],
    ['>= 1.25', constraint('>=1.25')],
    ['1.27.0-rc.1', release('1.27rc1')],
    ['1.27.0-rc1', release('1.27rc1')],
    ['1.27rc1', release('1.27rc1')],
    ['stable', any],
    ['oldstable', unknown],
    ['1.25 || 1.26', unknown],
    ['one', undefined],
    ['', undefined],
  ])('%j', (text, wish) => {
    expect(parseSetupGoVersion(text)).toEqual(wish);
  });
});

describe('workflows', () => {
  test('versions, matrices with includes, files', () => {
    const text = `on: push
jobs:
  test:
    strategy:
      matrix:
        go: ['1.26.8', "1.25"]
        include:
          - go: stable
            os: x
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-go@v6
        with:
          go-version: \${{ matrix.go }}
  build:
    steps:
      - uses: actions/setup-go@0123abcd
        with: { go-version: 1.26.8, go-version-file: go.mod }
  file:
    steps:
      - uses: actions/setup-go@v6
        with:
          go-version-file: go.mod
  env:
    steps:
      - uses: actions/setup-go@v6
        with: { go-version: "\${{ env.GO }}" }
`;
    expect(read(parseWorkflow(text, 'ci.yml'))).toEqual([
      ['6:14', 'job test', '1.26.8', release('1.26.8')],
      ['6:24', 'job test', '1.25', constraint('1.25')],
      ['8:17', 'job test', 'stable', any],
      ['18:29', 'job build', '1.26.8', release('1.26.8')],
      ['23:28', 'job file, go-version-file', 'go.mod', unknown],
      ['27:29', 'job env', `\${{ env.GO }}`, unknown],
    ]);
  });

  const step = (version: string): string =>
    `jobs:\n  a:\n    steps:\n      - uses: actions/setup-go@v6\n        with:\n          go-version: ${version}\n`;

  test('a number loses its last zero', () => {
    const parsed = parseWorkflow(step('1.20'), 'ci.yml');
    expect(problems(parsed)).toEqual(['6:23 declare.unquoted-version']);
    expect(parsed.declarations).toMatchObject([{ value: '1.2' }]);
    expect(problems(parseWorkflow(step('1.26'), 'ci.yml'))).toEqual([]);
  });

  test('malformed YAML and malformed versions have a place; carriage returns and a byte order mark are none', () => {
    expect(problems(parseWorkflow(`\ufeff${step('1.26.8').replaceAll('\n', '\r\n')}`, 'ci.yml'))).toEqual([]);
    expect(problems(parseWorkflow(step('one'), 'ci.yml'))).toEqual(['6:23 declare.malformed']);
    const [first] = parseWorkflow('# setup-go\na: [\nb: }\n', 'ci.yml').findings;
    expect(first).toMatchObject({ code: 'declare.malformed', facts: { line: expect.any(Number) } });
  });
});

describe('GoRuntime manifests', () => {
  const manifest = (version: string): string =>
    `apiVersion: gofleet.dev/v1alpha1\nkind: GoRuntime\nmetadata:\n  name: shop\nspec:\n  runtime:\n    goVersion: ${version}\n`;

  test('a wish of mode godebug asks for a behaviour, not for a release', () => {
    const text = `${manifest('"1.22"')}  mode: godebug\n`;
    expect(parseGoRuntimes(text, 'x.yaml')).toEqual({ declarations: [], findings: [] });
  });

  test('among other documents', () => {
    const text = `kind: Pod\n---\n${manifest('1.26.8')}---\n${manifest('">=1.25.3 <1.27"')}`;
    expect(read(parseGoRuntimes(text, 'x.yaml'))).toEqual([
      ['9:16', 'wish shop', '1.26.8', release('1.26.8')],
      ['17:16', 'wish shop', '>=1.25.3 <1.27', constraint('>=1.25.3 <1.27')],
    ]);
  });

  test('a malformed version has a place', () => {
    expect(problems(parseGoRuntimes(manifest('latest'), 'x.yaml'))).toEqual(['7:16 declare.malformed']);
  });
});

const words = [
  'FROM',
  'golang:',
  '1.26',
  ' ',
  '\n',
  '\\',
  'ARG',
  'A',
  '=',
  '$A',
  '${A',
  '}',
  '<<E',
  'jobs',
  ': ',
  '- ',
  'setup-go',
  'GoRuntime',
  '[',
  '{',
  '"',
  '&a',
  '*a',
  '\ufeff',
];
test.each([
  ['Dockerfile', parseDockerfile],
  ['ci.yml', parseWorkflow],
  ['x.yaml', parseGoRuntimes],
])('any text as %s gives declarations or findings with places', (file, parse) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      const { declarations, findings } = parse(given, file);
      for (const { place } of declarations) expect(place).toMatchObject({ file, line: expect.any(Number) });
      for (const { facts } of findings) expect(facts).toMatchObject({ file, line: expect.any(Number) });
    }),
  );
});
