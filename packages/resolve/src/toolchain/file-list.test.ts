import { requireGoRelease } from '@gofleet/base/go-version';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashFiles } from '../dirhash.ts';
import {
  hashAsModule,
  isExecutable,
  isInModule,
  moduleFiles,
  parseFileList,
  renderFileList,
} from './file-list.ts';

const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const path = fc.stringMatching(/^[a-z_.]{1,5}(\/[a-z ]{1,5}){0,2}$/);
const zero = '0'.repeat(64);
const filesOf = (...paths: string[]) => paths.map((it) => ({ path: it, sha256: zero }));

test('a list goes there and back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.record({ path, sha256 }), { selector: (it) => it.path }), (files) => {
      const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
      expect(parseFileList(renderFileList(files))).toEqual(sorted);
    }),
  );
  expect(() => parseFileList('nonsense\n')).toThrow('expected a sha256 and a path');
});

test('the go.mod that was made from a _go.mod is not in the module', () => {
  const names = moduleFiles(filesOf('src/_go.mod', 'src/go.mod', 'bin/go'), 'v').map(({ name }) => name);
  expect(names).toEqual(['golang.org/toolchain@v/src/_go.mod', 'golang.org/toolchain@v/bin/go']);
});

const linux = { os: 'linux', arch: 'amd64' };

test('a GOROOT has the sum of its module', () => {
  const goRoot = hashAsModule(filesOf('bin/go', 'src/go.mod', 'pkg/include/x.h'), 'v');
  const module = hashFiles(moduleFiles(filesOf('bin/go', 'src/_go.mod', 'pkg/include/x.h'), 'v'));
  expect(goRoot).toBe(module);
});

test('in the module cache of Go the copy of a _go.mod counts once, another file in its place is noticed', () => {
  const files = filesOf('bin/go', 'src/_go.mod', 'src/go.mod');
  const module = hashFiles(moduleFiles(filesOf('bin/go', 'src/_go.mod'), 'v'));
  expect(hashAsModule(files, 'v')).toBe(module);
  const changed = files.map((file) =>
    file.path === 'src/go.mod' ? { ...file, sha256: 'f'.repeat(64) } : file,
  );
  expect(hashAsModule(changed, 'v')).not.toBe(module);
});

test.each([
  ['bin/go', '1.21.0', true],
  ['bin/gopls', '1.21.0', false],
  ['src/fmt/print.go', '1.21.0', true],
  ['pkg/include/x.h', '1.26.0', true],
  ['pkg/linux_amd64/fmt.a', '1.26.0', false],
  ['pkg/tool/linux_amd64/compile', '1.26.0', true],
  ['pkg/tool/linux_arm64/compile', '1.26.0', false],
  ['pkg/tool/linux_amd64/pprof', '1.24.13', true],
  ['pkg/tool/linux_amd64/distpack', '1.24.13', false],
  ['pkg/tool/linux_amd64/pprof', '1.25.0', false],
  ['pkg/tool/linux_amd64/fix', '1.25.0', false],
  ['pkg/tool/linux_amd64/fix', '1.26.0', true],
  ['api/go1.txt', '1.26.0', false],
  ['.git/config', '1.26.0', false],
])('%s is in the module of %s: %s', (file, release, expected) => {
  expect(isInModule(file, requireGoRelease(release), linux)).toBe(expected);
});

test.each([
  ['bin/go', true],
  ['pkg/tool/linux_amd64/compile', true],
  ['lib/wasm/go_js_wasm_exec', true],
  ['src/make.bash', false],
  ['src/bin/go', false],
])('%s is executable: %s', (file, expected) => {
  expect(isExecutable(file)).toBe(expected);
});
