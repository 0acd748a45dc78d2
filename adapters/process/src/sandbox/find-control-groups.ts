/** Where control groups of a controller may be made. */
export interface ControllerHome {
  readonly controller: 'memory' | 'cpu';
  readonly version: 1 | 2;
  /** Folders to make a group in, the likeliest first. */
  readonly parents: readonly string[];
}

interface Mount {
  readonly point: string;
  readonly version: 1 | 2;
  readonly options: readonly string[];
}

function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [type, , options = ''] = after.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    const point = before.split(' ')[4] ?? '';
    return [{ point, version: type === 'cgroup' ? 1 : 2, options: options.split(',') }];
  });
}

/** The process's own group in a hierarchy: `controllers` is empty for version 2. */
function ownGroup(cgroup: string, controller: string): string | undefined {
  const lines = cgroup.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  return lines.find((found) => found?.[1]?.split(',').includes(controller))?.[2];
}

/** This group and those around it. */
function upwards(group: string): string[] {
  const parts = group.split('/').filter(Boolean);
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`).concat('');
}

/**
 * Where groups that limit memory and processors may be made, from a process's `cgroup` and `mountinfo` files. In version 2 a group
 * that has processes gives its children no controllers, so the groups around it come as well.
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html "No Internal Process Constraint"
 */
export function findControlGroups(cgroup: string, mountinfo: string): ControllerHome[] {
  const mounts = parseMounts(mountinfo);
  return (['memory', 'cpu'] as const).flatMap((controller): ControllerHome[] => {
    const first = mounts.find(({ version, options }) => version === 1 && options.includes(controller));
    const mount = first ?? mounts.find(({ version }) => version === 2);
    const group = mount && ownGroup(cgroup, mount.version === 1 ? controller : '');
    if (!mount || group === undefined) return [];
    const { point, version } = mount;
    return [{ controller, version, parents: upwards(group).map((path) => `${point}${path}`) }];
  });
}
