import { expect, test } from 'vitest';
import { findControlGroups } from './find-control-groups.ts';

test('version 1: a hierarchy for each controller', () => {
  const cgroup = '4:memory:/jobs/a\n3:cpu,cpuacct:/\n0::/\n';
  const mountinfo = [
    '30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ].join('\n');
  expect(findControlGroups(cgroup, mountinfo)).toEqual([
    {
      ...{ controller: 'memory', version: 1 },
      parents: ['/sys/fs/cgroup/memory/jobs/a', '/sys/fs/cgroup/memory/jobs', '/sys/fs/cgroup/memory'],
    },
    { controller: 'cpu', version: 1, parents: ['/sys/fs/cgroup/cpu,cpuacct'] },
  ]);
});

test('version 2: one hierarchy for both, the groups around our own as well', () => {
  const mountinfo = '29 23 0:25 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
  const parents = ['/sys/fs/cgroup/user.slice/me', '/sys/fs/cgroup/user.slice', '/sys/fs/cgroup'];
  expect(findControlGroups('0::/user.slice/me\n', mountinfo)).toEqual([
    { controller: 'memory', version: 2, parents },
    { controller: 'cpu', version: 2, parents },
  ]);
});

test('no hierarchy, or files of another form: none', () => {
  expect(findControlGroups('0::/\n', '')).toEqual([]);
  expect(findControlGroups('what', 'ever - cgroup2 cgroup2 rw')).toEqual([]);
});
