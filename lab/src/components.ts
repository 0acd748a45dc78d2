import { join } from 'node:path';
import { addresses } from './addresses.ts';
import type { Role } from './identities.ts';
import { containerdSocket, type LabPlan, labFiles } from './plan.ts';

/** A program that the supervisor keeps running. */
export interface Component {
  name: string;
  argv: string[];
}

/** Every component's name, as `labLogs` takes them. */
export const componentNames = [
  'etcd',
  'containerd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
  'supervisor',
  'relay',
] as const;

/** The kubeconfig that a component uses inside the lab. */
export function kubeconfigOf(plan: LabPlan, role: Role): string {
  return join(labFiles(plan.dir).config, `${role}.kubeconfig`);
}

/** etcd: on loopback, not written through, for it does not outlive the lab. */
export function etcd(plan: LabPlan): Component {
  const argv = [
    plan.programs.etcd,
    `--data-dir=${labFiles(plan.dir).etcd}`,
    '--unsafe-no-fsync',
    '--listen-client-urls=http://127.0.0.1:2379',
    '--advertise-client-urls=http://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--heartbeat-interval=50',
    '--election-timeout=250',
  ];
  return { name: 'etcd', argv };
}

/** containerd, with its shim found through PATH. */
export function containerd(plan: LabPlan): Component {
  const config = join(labFiles(plan.dir).config, 'containerd.toml');
  return { name: 'containerd', argv: [join(plan.builds.containerd, 'containerd'), '--config', config] };
}

/** The API server, with the admission plugins that are on by default and NodeRestriction. */
export function apiServer(plan: LabPlan): Component {
  const { pki, config } = labFiles(plan.dir);
  const flags = {
    'etcd-servers': 'http://127.0.0.1:2379',
    'secure-port': addresses.apiPort,
    'advertise-address': addresses.node,
    'service-cluster-ip-range': addresses.services,
    'allow-privileged': true,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'token-auth-file': join(config, 'tokens.csv'),
    'client-ca-file': join(pki, 'ca.crt'),
    'tls-cert-file': join(pki, 'apiserver.crt'),
    'tls-private-key-file': join(pki, 'apiserver.key'),
    'kubelet-client-certificate': join(pki, 'kubelet-client.crt'),
    'kubelet-client-key': join(pki, 'kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-issuer': `https://kubernetes.default.svc.${addresses.clusterDomain}`,
    'service-account-key-file': join(pki, 'service-account.key'),
    'service-account-signing-key-file': join(pki, 'service-account.key'),
    'requestheader-client-ca-file': join(pki, 'front-proxy-ca.crt'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': join(pki, 'front-proxy-client.crt'),
    'proxy-client-key-file': join(pki, 'front-proxy-client.key'),
    profiling: false,
  };
  return kubernetes(plan, 'kube-apiserver', flags);
}

/** The controller manager, every controller in its own service account's name. */
export function controllerManager(plan: LabPlan): Component {
  const { pki } = labFiles(plan.dir);
  return kubernetes(plan, 'kube-controller-manager', {
    kubeconfig: kubeconfigOf(plan, 'controller-manager'),
    'use-service-account-credentials': true,
    'service-account-private-key-file': join(pki, 'service-account.key'),
    'root-ca-file': join(pki, 'ca.crt'),
    'cluster-signing-cert-file': join(pki, 'ca.crt'),
    'cluster-signing-key-file': join(pki, 'ca.key'),
    'flex-volume-plugin-dir': '/var/lib/kubelet/volume-plugins',
    'bind-address': '127.0.0.1',
    'leader-elect': false,
    // The usual 20 requests a second make a start 3 s longer: there is a service account to make per controller.
    'kube-api-qps': 300,
    'kube-api-burst': 600,
    profiling: false,
  });
}

/** The scheduler. */
export function scheduler(plan: LabPlan): Component {
  return kubernetes(plan, 'kube-scheduler', {
    kubeconfig: kubeconfigOf(plan, 'scheduler'),
    'bind-address': '127.0.0.1',
    'leader-elect': false,
    profiling: false,
  });
}

/** kubelet. */
export function kubelet(plan: LabPlan): Component {
  const { config, dir } = { ...labFiles(plan.dir), dir: plan.dir };
  const endpoint = `unix://${containerdSocket}`;
  return kubernetes(plan, 'kubelet', {
    config: join(config, 'kubelet.json'),
    kubeconfig: kubeconfigOf(plan, 'kubelet'),
    'hostname-override': plan.nodeName,
    'node-ip': addresses.node,
    'cert-dir': join(dir, 'kubelet-pki'),
    ...(!plan.release.runtimeEndpointInFile && {
      'container-runtime': 'remote',
      'container-runtime-endpoint': endpoint,
      'pod-infra-container-image': 'gofleet.dev/lab/pause:1',
    }),
  });
}

/** kube-proxy; the connection limits belong to the whole machine, so they are left alone. */
export function proxy(plan: LabPlan): Component {
  return kubernetes(plan, 'kube-proxy', {
    kubeconfig: kubeconfigOf(plan, 'proxy'),
    'hostname-override': plan.nodeName,
    'proxy-mode': plan.release.proxyMode,
    'cluster-cidr': addresses.pods,
    'conntrack-max-per-core': 0,
    'conntrack-min': 0,
    'conntrack-tcp-timeout-established': '0s',
    'conntrack-tcp-timeout-close-wait': '0s',
  });
}

/** The cluster's DNS server: a process of the node, reached through the Service `kube-dns`. */
export function coreDns(plan: LabPlan): Component {
  const corefile = join(labFiles(plan.dir).config, 'Corefile');
  return { name: 'coredns', argv: [join(plan.builds.coredns, 'coredns'), '-conf', corefile] };
}

function kubernetes(
  plan: LabPlan,
  name: string,
  flags: Record<string, string | number | boolean>,
): Component {
  const argv = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  return { name, argv: [join(plan.builds.kubernetes, name), ...argv] };
}
