import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findMount, findMountOf, parseMountTable } from './mount-table.ts';

const text = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
36 22 254:0 /var/lib/store/abc /var/lib/pods/a\\040b/mount ro,nosuid,nodev shared:2 master:1 - ext4 /dev/vda rw
37 36 254:0 /other /var/lib/pods/a\\040b/mount rw - ext4 /dev/vda rw
`;

test('mounts are read with their escapes, the last one at a path wins', () => {
  const mounts = parseMountTable(text);
  expect(mounts).toHaveLength(3);
  expect(mounts.map(({ fileSystem }) => fileSystem)).toEqual(['ext4', 'ext4', 'ext4']);
  expect(mounts[1]).toEqual({
    id: 36,
    root: '/var/lib/store/abc',
    mountPoint: '/var/lib/pods/a b/mount',
    options: ['ro', 'nosuid', 'nodev'],
    fileSystem: 'ext4',
  });
  expect(findMount(mounts, '/var/lib/pods/a b/mount')?.root).toBe('/other');
  expect(findMount(mounts, '/var/lib/pods')).toBeUndefined();
});

test('a path lies in the deepest mount above it', () => {
  const mount = (mountPoint: string, root: string) => ({ root, mountPoint, options: [], fileSystem: 'ext4' });
  const mounts = [
    mount('/', 'image'),
    mount('/data', 'volume'),
    mount('/manager', 'old'),
    mount('/manager', 'new'),
  ];
  expect(findMountOf(mounts, '/usr/bin/x')?.root).toBe('image');
  expect(findMountOf(mounts, '/database')?.root).toBe('image');
  expect(findMountOf(mounts, '/data/bin/x')?.root).toBe('volume');
  expect(findMountOf(mounts, '/manager')?.root).toBe('new');
  expect(findMountOf([], '/manager')).toBeUndefined();
});

test('any text gives mounts, never a crash', () => {
  fc.assert(fc.property(fc.string(), (garbage) => Array.isArray(parseMountTable(garbage))));
});
