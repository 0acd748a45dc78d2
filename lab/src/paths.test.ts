import { expect, test } from 'vitest';
import { cgroupName, clusterDir } from './paths.ts';

test('a lab has a folder and a cgroup of its own', () => {
  expect(clusterDir('a')).not.toBe(clusterDir('b'));
  expect(cgroupName('a-1')).toMatch(/^gofleet-a-1-[0-9a-f]{8}$/);
});

test('a name that could leave the folder is refused', () => {
  for (const name of ['', '..', 'a/b', 'A', '-a', 'a-', 'x'.repeat(31)]) {
    expect(() => clusterDir(name)).toThrow(expect.objectContaining({ code: 'lab.bad-name' }));
  }
});
