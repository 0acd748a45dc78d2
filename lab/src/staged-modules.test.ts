import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStagedModules, renderGoMod, renderKubernetesGoMod } from './staged-modules.ts';

const goMod = `module k8s.io/kubernetes

go 1.26.0

require (
	k8s.io/api v0.0.0
	k8s.io/klog/v2 v2.140.0
	k8s.io/utils v0.0.0-20260210185600-b8788abfbbc2
)

replace (
	k8s.io/kubelet => ./staging/src/k8s.io/kubelet
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/other => ../elsewhere
)

replace k8s.io/mount-utils => ./staging/src/k8s.io/mount-utils
`;

test('staged modules are those that are replaced by the staging tree, and no others', () => {
  expect(parseStagedModules(goMod)).toEqual(['k8s.io/api', 'k8s.io/kubelet', 'k8s.io/mount-utils']);
  expect(parseStagedModules('')).toEqual([]);
});

test('a wrapper of release 1.X.Y takes staged modules at 0.X.Y', () => {
  expect(
    renderKubernetesGoMod({ version: '1.36.3', goLine: '1.26.0', goMod }),
  ).toBe(`module gofleet.dev/lab/kubernetes

go 1.26.0

require k8s.io/kubernetes v1.36.3

replace (
	k8s.io/api => k8s.io/api v0.36.3
	k8s.io/kubelet => k8s.io/kubelet v0.36.3
	k8s.io/mount-utils => k8s.io/mount-utils v0.36.3
)
`);
});

test('modules at versions of their own, and a release with generated files, come from elsewhere', () => {
  const text = renderKubernetesGoMod({
    ...{ version: '1.22.15', goLine: '1.19', goMod, folder: './kubernetes' },
    moduleVersions: { 'k8s.io/kubelet': '0.22.13', 'm.test/other': '1.0.2' },
  });
  expect(text).toContain('\tm.test/other => m.test/other v1.0.2\n');
  expect(text).toContain('\tk8s.io/api => k8s.io/api v0.22.15\n');
  expect(text).toContain('\tk8s.io/kubelet => k8s.io/kubelet v0.22.13\n');
  expect(text).toContain('\tk8s.io/kubernetes => ./kubernetes\n)');
});

test('a module without requirements is one that go reads', () => {
  expect(renderGoMod({ module: 'gofleet.dev/lab/pause', goLine: '1.26.0' })).toBe(
    'module gofleet.dev/lab/pause\n\ngo 1.26.0\n',
  );
});

test('any text gives a list, every staged module of a go.mod is found', () => {
  const name = fc.stringMatching(/^[a-z][a-z-]{0,12}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.string(), (names, noise) => {
      expect(Array.isArray(parseStagedModules(noise))).toBe(true);
      const text = names.map((one) => `\tk8s.io/${one} => ./staging/src/k8s.io/${one}`).join('\n');
      expect(parseStagedModules(text)).toEqual(names.map((one) => `k8s.io/${one}`).sort());
    }),
  );
});
