import { expect, test } from 'vitest';
import { kubernetesLines, releases } from './releases.ts';

test('there is a release for every minor from 1.37 down to 1.20', () => {
  expect(kubernetesLines).toEqual(Array.from({ length: 18 }, (_, index) => `1.${37 - index}`));
});

test.each(Object.values(releases))(
  '$line is a patch of its own minor, with what that minor needs',
  (release) => {
    expect(release.version).toMatch(new RegExp(`^${release.line.replace('.', '\\.')}\\.\\d+$`));
    for (const version of Object.values(release.moduleVersions ?? {}))
      expect(Number.parseInt(version.split('.')[2] ?? '', 10)).toBeLessThan(
        Number(release.version.split('.')[2]),
      );
  },
);

test('what the oldest releases need is not given to newer ones', () => {
  expect(releases['1.20']).toMatchObject({
    ...{ containerd: '1.7.35', coredns: '1.10.1', discovery: 'v1beta1', hasOpenApi: false },
  });
  expect(releases['1.21']).toMatchObject({ coredns: '1.12.4', discovery: 'v1' });
  expect(releases['1.23']).toMatchObject({ containerd: '2.4.2', hasOpenApi: false });
  expect(releases['1.24']).toMatchObject({ hasOpenApi: true });
});
