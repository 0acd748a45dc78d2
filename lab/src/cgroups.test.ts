import { expect, test } from 'vitest';
import { parseHierarchies } from './cgroups.ts';

test('hierarchies are read with what it takes to mount them again', () => {
  const mountinfo = `22 1 254:0 / / rw - ext4 /dev/vda rw
30 22 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
32 30 0:30 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
33 30 0:31 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
`;
  expect(parseHierarchies(mountinfo)).toEqual([
    { mountPoint: '/sys/fs/cgroup/cpu,cpuacct', type: 'cgroup', options: 'cpu,cpuacct' },
    { mountPoint: '/sys/fs/cgroup/systemd', type: 'cgroup', options: 'none,name=systemd' },
    { mountPoint: '/sys/fs/cgroup/unified', type: 'cgroup2', options: '' },
  ]);
});
