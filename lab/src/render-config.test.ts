import { expect, test } from 'vitest';
import * as components from './components.ts';
import { createIdentities, renderTokenFile } from './identities.ts';
import { renderMountScript, renderNetworkScript } from './isolate.ts';
import type { LabPlan } from './plan.ts';
import { type KubernetesLine, releases } from './releases.ts';
import * as render from './render-config.ts';

const plan = (line: KubernetesLine, dir = '/cache/lab'): LabPlan => ({
  name: 'demo',
  release: releases[line],
  nodeName: 'demo-node',
  dir,
  cgroup: 'gofleet-demo-1',
  builds: { kubernetes: '/b/k', containerd: '/b/c', coredns: '/b/d', pause: '/b/p' },
  programs: { etcd: '/usr/bin/etcd', runc: '/usr/sbin/runc', cniDir: '/usr/lib/cni' },
  path: '/usr/bin',
  adminToken: 'secret',
});

test('kubelet is told of the runtime in its file where it can be, else by flags', () => {
  const [newest, oldest] = [plan('1.36'), plan('1.24')];
  expect(JSON.parse(render.renderKubeletConfig(newest))).toMatchObject({
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    failCgroupV1: false,
    authentication: { anonymous: { enabled: false } },
  });
  expect(components.kubelet(newest).argv.join(' ')).not.toContain('--container-runtime');
  const config = JSON.parse(render.renderKubeletConfig(oldest));
  expect(config.containerRuntimeEndpoint).toBeUndefined();
  expect(config.failCgroupV1).toBeUndefined();
  expect(components.kubelet(oldest).argv).toContain(
    '--container-runtime-endpoint=unix:///run/containerd/containerd.sock',
  );
});

test('containerd 1 is configured as one plugin, for the releases whose kubelet needs it', () => {
  const [newest, oldest] = [plan('1.23'), plan('1.22')].map(render.renderContainerdConfig);
  expect(newest).toMatch(/^version = 3\n/);
  expect(newest).toContain("[plugins.'io.containerd.cri.v1.runtime'.cni]\n  bin_dirs = [");
  expect(oldest).toMatch(/^version = 2\n/);
  expect(oldest).toContain("[plugins.'io.containerd.grpc.v1.cri']\n  sandbox_image = ");
  expect(oldest).not.toContain('io.containerd.cri.v1');
});

test('kube-proxy writes nftables where it can', () => {
  expect(components.proxy(plan('1.36')).argv).toContain('--proxy-mode=nftables');
  expect(components.proxy(plan('1.24')).argv).toContain('--proxy-mode=iptables');
});

test('the configuration of containerd and CNI keeps to the folder of the lab', () => {
  expect(render.renderContainerdConfig(plan('1.36'))).toContain('root = "/cache/lab/containerd/root"');
  const cni = JSON.parse(render.renderCniConfig(plan('1.36')));
  expect(cni.plugins[0]).toMatchObject({
    type: 'ptp',
    ipMasq: false,
    ipam: { dataDir: '/cache/lab/cni/leases' },
  });
});

test('no component is told a token on its command line', () => {
  const all = [
    components.apiServer,
    components.controllerManager,
    components.kubelet,
    components.proxy,
    components.scheduler,
  ];
  for (const one of all) expect(one(plan('1.36')).argv.join(' ')).not.toContain('secret');
});

test('mounts are private to the machine, then shared inside, whatever the folder is called', () => {
  const script = renderMountScript(plan('1.36', "/it's here"), [
    { mountPoint: '/sys/fs/cgroup/cpu', type: 'cgroup', options: 'cpu' },
    { mountPoint: '/sys/fs/cgroup/systemd', type: 'cgroup', options: 'none,name=systemd' },
  ]);
  const lines = script.split('\n');
  expect(lines[1]).toBe('mount --make-rprivate /');
  expect(lines.at(-1)).toBe('mount --make-rshared /');
  expect(script).toContain(`mount --bind '/it'\\''s here/kubelet' '/var/lib/kubelet'`);
  expect(script).toContain("mount -t cgroup -o none,name=systemd cgroup '/sys/fs/cgroup/systemd'");
});

test('a machine with the unified hierarchy only gets that one', () => {
  const script = renderMountScript(plan('1.36'), [
    { mountPoint: '/sys/fs/cgroup', type: 'cgroup2', options: '' },
  ]);
  expect(script).toContain('mount -t cgroup2 cgroup2 /sys/fs/cgroup');
  expect(script).not.toContain('tmpfs -o mode=755 lab-cgroup');
});

test('the network has a route to Services and none to the outside', () => {
  expect(renderNetworkScript()).toContain('ip route add 10.96.0.0/16 dev lab0');
  expect(renderNetworkScript()).toContain('ip route add unreachable default');
});

test('the token file names users and groups as RBAC expects them', () => {
  const identities = createIdentities('demo-node');
  const lines = renderTokenFile(identities).trim().split('\n');
  expect(lines).toHaveLength(6);
  expect(lines).toContain(
    `${identities.kubelet.token},system:node:demo-node,system:node:demo-node,"system:nodes"`,
  );
  expect(new Set(Object.values(identities).map(({ token }) => token)).size).toBe(6);
});
