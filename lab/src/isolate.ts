import { addresses } from './addresses.ts';
import type { Hierarchy } from './cgroups.ts';
import { type LabPlan, labFiles } from './plan.ts';

/** What kubelet wants to find in /proc/sys; without it kubelet would change the whole machine. */
export const kubeletSysctls: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

/** Folders outside the lab's own that Kubernetes has fixed names for; mounted over inside the lab only. */
export const mountPoints: readonly string[] = [
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/log/pods',
  '/var/log/containers',
];

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** The shell script that makes the lab's own mounts; run once, inside its mount namespace. */
export function renderMountScript(plan: LabPlan, hierarchies: Hierarchy[]): string {
  const files = labFiles(plan.dir);
  const binds: [string, string][] = [
    [files.kubelet, '/var/lib/kubelet'],
    [`${files.cni}/cache`, '/var/lib/cni'],
    [files.podLogs, '/var/log/pods'],
    [files.containerLogs, '/var/log/containers'],
    ...Object.keys(kubeletSysctls).map((name): [string, string] => [
      `${files.sysctl}/${name.replaceAll('/', '.')}`,
      `/proc/sys/${name}`,
    ]),
  ];
  return [
    'set -e',
    'mount --make-rprivate /',
    'mount -t tmpfs -o mode=755,size=256m lab-run /run',
    'mkdir -p /run/containerd /run/netns /run/lock',
    // The kernel lets a user namespace of a pod mount a /proc of its own only where one is seen that nothing is mounted over.
    'mkdir -p /run/whole-proc',
    'mount -t proc proc /run/whole-proc',
    ...binds.map(([from, to]) => `[ ! -e ${quote(to)} ] || mount --bind ${quote(from)} ${quote(to)}`),
    ...renderCgroupMounts(hierarchies),
    // Shared inside the lab, as on a real node: a pod's Bidirectional mounts have to reach kubelet.
    'mount --make-rshared /',
  ].join('\n');
}

function renderCgroupMounts(hierarchies: Hierarchy[]): string[] {
  const unified = hierarchies.find((one) => one.mountPoint === '/sys/fs/cgroup' && one.type === 'cgroup2');
  if (unified) {
    return [
      'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
      'cd /sys/fs/cgroup && mkdir -p init',
      // Version 2 hands controllers only to a group without processes of its own.
      'for try in 1 2 3 4 5 6 7 8 9 10; do',
      '  for pid in $(cat cgroup.procs); do echo "$pid" > init/cgroup.procs || true; done',
      `  sed 's/\\([a-z_0-9]*\\)/+\\1/g' cgroup.controllers > cgroup.subtree_control && break`,
      '  sleep 0.1',
      'done',
      'cd /',
    ];
  }
  return [
    'mount -t tmpfs -o mode=755 lab-cgroup /sys/fs/cgroup',
    ...hierarchies.flatMap(({ mountPoint, type, options }) => [
      `mkdir -p ${quote(mountPoint)}`,
      `mount -t ${type} ${options ? `-o ${options} ` : ''}cgroup ${quote(mountPoint)}`,
    ]),
  ];
}

/** The shell script that makes the lab's network; run once, inside its network namespace. */
export function renderNetworkScript(): string {
  const { node, nodePrefix, services } = addresses;
  return [
    'set -e',
    'ip link set lo up',
    // The node's address has to be on a real interface; a veth pair with both ends here is the simplest there is.
    'ip link add lab0 type veth peer name lab1',
    `ip addr add ${node}/${nodePrefix} dev lab0`,
    'ip link set lab0 up',
    'ip link set lab1 up',
    // A Service's address is rewritten after routing has been looked up, so there has to be a route.
    `ip route add ${services} dev lab0`,
    'ip route add unreachable default metric 4096',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
  ].join('\n');
}
