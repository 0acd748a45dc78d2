import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashAsModule, isExecutable, moduleFiles, parseFileList, renderFileList } from './file-list.ts';

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

test('a GOROOT has the sum of its module, whatever lies beside', () => {
  const platform = { moduleVersion: 'v', os: 'linux', arch: 'amd64' };
  const plain = hashAsModule(
    filesOf('bin/go', 'src/go.mod', 'pkg/tool/linux_amd64/compile', 'pkg/include/x.h'),
    platform,
  );
  const beside = filesOf(
    'api/x',
    'doc/x',
    'misc/x',
    'test/x',
    'pkg/tool/linux_amd64/pprof',
    'pkg/tool/linux_arm64/compile',
    'pkg/linux_amd64/fmt.a',
    'bin/gopls',
    '.git/config',
  );
  expect(
    hashAsModule(
      [...filesOf('bin/go', 'src/go.mod', 'pkg/tool/linux_amd64/compile', 'pkg/include/x.h'), ...beside],
      platform,
    ),
  ).toBe(plain);
  expect(hashAsModule(filesOf('bin/go', 'src/go.mod', 'src/evil.go'), platform)).not.toBe(plain);
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
