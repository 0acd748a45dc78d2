import { expect, test } from 'vitest';
import { chooseVariables } from './choose-variables.ts';

test('targets are handed on, places and sources are not', () => {
  const env = {
    GOOS: 'windows',
    GOARCH: 'arm64',
    GOPROXY: 'http://evil.test',
    GOCACHE: '/x',
    GOROOT: '/y',
    GOENV: '/z',
  };
  expect(chooseVariables('build', env)).toEqual({
    passed: { GOOS: 'windows', GOARCH: 'arm64' },
    flags: [],
    toolchain: undefined,
    work: undefined,
  });
});

test('nothing that leads the go command to programs gets through', () => {
  const env = {
    GOAUTH: 'git /x',
    GOCACHEPROG: '/work/evil',
    GOTOOLDIR: '/x',
    GOVCS: '*:all',
    GODEBUG: 'x=1',
    GOBIN: '/x',
  };
  expect(chooseVariables('build', env).passed).toEqual({});
  expect(chooseVariables('test', env).passed).toEqual({ GODEBUG: 'x=1' });
});

test('GOFLAGS: flags of this command count, those of others are passed over', () => {
  expect(chooseVariables('vet', { GOFLAGS: '-mod=vendor -trimpath "-tags=a b"' }).flags).toEqual([
    '-mod=vendor',
    '-tags=a b',
  ]);
});

test.each([
  ['GOFLAGS', '-toolexec=/work/evil'],
  ['GOFLAGS', '"-toolexec=/work/evil x"'],
  ['GOFLAGS', '-C=/'],
  ['GOFLAGS', 'run'],
  ['GOFLAGS', '-what=1'],
  ['CGO_ENABLED', '1'],
  ['CGO_CFLAGS', '-fplugin=/work/evil.so'],
  ['CGO_LDFLAGS_ALLOW', '.*'],
  ['GO111MODULE', 'off'],
  ['GOOS', 'linux -x'],
])('%s=%s is refused', (name, value) => {
  expect(() => chooseVariables('build', { [name]: value })).toThrow(name);
});

test('a quote that is not closed', () => {
  expect(() => chooseVariables('build', { GOFLAGS: '"-v' })).toThrow('not closed');
});

test('empty variables are as if they were not set', () => {
  expect(chooseVariables('build', { CGO_CFLAGS: '', GOFLAGS: '', GOWORK: 'auto' }).work).toBeUndefined();
});
