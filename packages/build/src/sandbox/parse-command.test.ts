import type { GofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSandboxCommand } from './parse-command.ts';

const parse = (line: string) => parseSandboxCommand(line.split(' ').filter(Boolean));

function whyRefused(...argv: string[]): string {
  try {
    parseSandboxCommand(argv);
  } catch (thrown) {
    const { code, message } = thrown as GofleetError;
    return code === 'build.sandbox-refused' ? message : code;
  }
  return 'not at all';
}

test('a build with flags, packages and -C', () => {
  expect(parse('build -C sub -o bin/ -ldflags=-s -trimpath ./cmd/...')).toEqual({
    name: 'build',
    directory: 'sub',
    flags: [
      { name: 'o', value: 'bin/', path: 'output' },
      { name: 'ldflags', value: '-s' },
      { name: 'trimpath', value: true },
    ],
    packages: ['./cmd/...'],
    testArguments: [],
  });
});

test('a test: flags on both sides of packages, with and without "test.", and arguments of its own', () => {
  expect(parse('test -v ./... -test.run=X --count 1 -args -toolexec x')).toEqual({
    name: 'test',
    flags: [
      { name: 'v', value: true },
      { name: 'run', value: 'X' },
      { name: 'count', value: '1' },
    ],
    packages: ['./...'],
    testArguments: ['-toolexec', 'x'],
  });
});

test('what a CI pipeline calls is taken', () => {
  for (const line of [
    'build ./...',
    'build -gcflags=all=-N -asmflags=-S .',
    'vet -printf=false -tags=a,b ./...',
    'test -coverprofile=c.out -timeout 30s -bench . -benchtime=10x ./pkg',
    'build main.go other.go',
    '-C sub build',
  ])
    expect(parse(line).name).toMatch(/build|vet|test/);
  expect(whyRefused('build', '-ldflags=-s -w -X main.version=1.2', '.')).toBe('not at all');
  expect(whyRefused('build', "-ldflags=-X 'main.name=a b'", '.')).toBe('not at all');
});

test('other commands', () => {
  for (const name of ['run', 'generate', 'tool', 'env', 'get', 'install', 'clean', 'bug'])
    expect(whyRefused(name)).toBe(
      `go ${name}: the sandbox runs go build, go vet, go test and go version, nothing else`,
    );
  expect(whyRefused()).toContain('go: the sandbox runs');
});

test.each([
  ['build', '-toolexec=/work/evil'],
  ['build', '--toolexec', '/work/evil'],
  ['vet', '-vettool=/work/evil'],
  ['test', '-exec=/work/evil'],
  ['test', '-test.exec=/work/evil'],
  ['build', '-compiler=gccgo'],
])('programs of the caller: %s %s', (...argv) => {
  expect(whyRefused(...argv)).toContain('it names a program to run');
});

test.each([
  ['build', '-overlay=o.json'],
  ['build', '-modfile=/etc/passwd'],
  ['build', '-pkgdir=/'],
  ['build', '-linkshared'],
])('files of elsewhere: %s %s', (...argv) => {
  expect(whyRefused(...argv)).toContain('files that the sandbox does not look at');
});

test.each(['-race', '-msan', '-asan'])('cgo: %s', (flag) => {
  expect(whyRefused('build', flag)).toContain('no C compiler');
});

test.each([
  '-ldflags=-extld=/work/evil',
  '-ldflags=-linkmode=external',
  '-ldflags=-linkmode external',
  '-ldflags=-extldflags=-fplugin=x',
  '-ldflags=-X @/etc/shadow',
  '-ldflags=@/etc/shadow',
  '-ldflags=all=@/etc/shadow',
  '-ldflags=-cpuprofile=/tmp/x',
  '-ldflags=-r /lib',
  '-gcflags=-o=/tmp/x',
  '-gcflags=-importcfg=/etc/shadow',
  '-gcflags=-embedcfg=x',
  '-gcflags=-memprofile=/tmp/x',
  '-gcflags=-d=ssa/all/dump=main',
  '-gcflags=-I/etc',
  '-asmflags=-I=/etc',
  '-asmflags=-o=/x',
])('flags of the tools: %s', (flag) => {
  expect(whyRefused('build', flag)).toMatch(/^-(?:ld|gc|asm)flags: /);
});

test.each([
  ['build', '-mod=mod', '-mod: "mod" is no value'],
  ['build', '-buildmode=plugin', '-buildmode: "plugin" is no value'],
  ['build', '-buildvcs=true', '-buildvcs: "true" is no value'],
  ['build', '-v=maybe', '-v: "maybe" is neither true nor false'],
  ['build', '-o', '-o: it needs a value'],
  ['vet', '-fix', '-fix: vet writes nothing'],
  ['vet', '-o=x', '-o: no flag that the sandbox takes for go vet'],
  ['test', '-myflag', '-myflag: no flag that the sandbox takes for go test'],
  ['build', '-constructor', '-constructor: no flag'],
  ['build', '-o=a\nb', '-o: the value is too long, or has control characters'],
  ['build', 'a\0b', 'no package, file or pattern'],
])('%s %j', (command, flag, why) => {
  expect(whyRefused(command, flag)).toContain(why);
});

test('a flag after packages', () => {
  expect(whyRefused('build', '.', '-o=x')).toContain('flags come before packages');
});

test('any words give a call or our error', () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('-o', '-ldflags', '-v', '-args', '-C', '.', '-tags=x'));
  const words = fc.tuple(fc.constantFrom('build', 'vet', 'test', 'x'), fc.array(word));
  fc.assert(
    fc.property(words, ([name, rest]) => {
      expect(whyRefused(name, ...rest)).not.toMatch(/^base\.|undefined/);
    }),
  );
});
