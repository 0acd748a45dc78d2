import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relinkOriginalFromObserved } from '../relink-original.ts';
import { nestedVersions, parseGoWorkUses, replacedModules, workspaceModules } from './nested-modules.ts';

const original = relinkOriginalFromObserved({
  ...{ sha256: 'a'.repeat(64), sizeBytes: 1, goVersion: 'go1.26.4', os: 'linux', arch: 'amd64', buildId: '' },
  buildInfo: `path\texample.com/m/cmd
mod\texample.com/m\tv1.36.3+dirty
dep\texample.com/m/api\t(devel)
dep\tk8s.example/client\t(devel)
dep\texample.com/m/ext\tv0.0.0
=>\t./ext\t(devel)\t
`,
});
const goWork = `go 1.26.4

use ( // members
	.
	./api
	"./staging/src/k8s.example/client"
)

use ./tools/
replace example.com/a => ./b
`;

test('members of a workspace, with the modules that the program has something of', () => {
  expect(parseGoWorkUses(goWork)).toEqual(['.', './api', './staging/src/k8s.example/client', './tools']);
  expect(workspaceModules(original, goWork)).toEqual([
    { folder: '.' },
    { folder: './api', path: 'example.com/m/api' },
    { folder: './staging/src/k8s.example/client', path: 'k8s.example/client' },
    { folder: './tools' },
  ]);
});

test('modules that local replacements name', () => {
  expect(replacedModules(original)).toEqual([{ folder: './ext', path: 'example.com/m/ext' }]);
});

test('versions that they may have', () => {
  expect(nestedVersions(original, 'v1.36.3')).toEqual(['v1.36.3', 'v0.36.3']);
  expect(nestedVersions(original, '0123abcd')).toEqual(['v1.36.3', 'v0.36.3']);
  const settings = { 'vcs.revision': '0123abcd' };
  expect(nestedVersions({ ...original, settings }, 'v0.5.0')).toEqual([
    'v0.5.0',
    'v1.36.3',
    'v0.36.3',
    '0123abcd',
  ]);
});

test('any text is read in bounded time, into folders', () => {
  const words = fc.constantFrom('use', ' ', '(', ')', '\n', './a', '../b', '"', '//', '\t', '.');
  fc.assert(
    fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
      for (const folder of parseGoWorkUses(parts.join(''))) expect(folder).toMatch(/^\.{1,2}(?:\/|$)/);
    }),
  );
});
