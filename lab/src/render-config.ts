import { join } from 'node:path';
import { addresses } from './addresses.ts';
import { containerdSocket, type LabPlan, labFiles, pauseImage } from './plan.ts';

/**
 * containerd's configuration, version 3; for containerd 1 version 2, in which one plugin is the whole CRI.
 *
 * @see https://github.com/containerd/containerd/blob/v2.4.2/docs/cri/config.md
 * @see https://github.com/containerd/containerd/blob/v1.7.35/docs/cri/config.md
 */
export function renderContainerdConfig(plan: LabPlan): string {
  const files = labFiles(plan.dir);
  const text = JSON.stringify;
  const isOld = plan.release.containerd.startsWith('1.');
  const cri = isOld ? 'io.containerd.grpc.v1.cri' : 'io.containerd.cri.v1.runtime';
  const pause = isOld
    ? `[plugins.'${cri}']\n  sandbox_image = ${text(pauseImage)}`
    : `[plugins.'io.containerd.cri.v1.images'.pinned_images]\n  sandbox = ${text(pauseImage)}\n\n[plugins.'${cri}']`;
  const images = isOld ? cri : 'io.containerd.cri.v1.images';
  // Read at every pull: whom to trust, registry by registry.
  const registries = `[plugins.'${images}'.registry]\n  config_path = ${text(files.registries)}\n\n`;
  return `version = ${isOld ? 2 : 3}
root = ${text(join(files.containerd, 'root'))}
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]

[grpc]
  address = ${text(containerdSocket)}

[plugins.'io.containerd.internal.v1.opt']
  path = ${text(join(files.containerd, 'opt'))}

${registries}${pause}
  # Without CAP_SYS_RESOURCE runc cannot lower a score, and pause asks for -998.
  restrict_oom_score_adj = true

[plugins.'${cri}'.cni]
  ${isOld ? `bin_dir = ${text(plan.programs.cniDir)}` : `bin_dirs = [${text(plan.programs.cniDir)}]`}
  conf_dir = ${text(files.cni)}

[plugins.'${cri}'.containerd]
  default_runtime_name = "runc"

[plugins.'${cri}'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins.'${cri}'.containerd.runtimes.runc.options]
  BinaryName = ${text(plan.programs.runc)}
  SystemdCgroup = false
`;
}

/** CNI's configuration: a veth pair per pod, routed by the node; nothing leaves the lab, so nothing is masqueraded. */
export function renderCniConfig(plan: LabPlan): string {
  const ipam = {
    type: 'host-local',
    dataDir: join(labFiles(plan.dir).cni, 'leases'),
    ranges: [[{ subnet: addresses.pods }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const plugins = [
    { type: 'ptp', ipMasq: false, ipam },
    { type: 'portmap', capabilities: { portMappings: true }, snat: true },
  ];
  return JSON.stringify({ cniVersion: '1.0.0', name: 'lab', plugins }, null, 2);
}

/**
 * kubelet's configuration.
 *
 * @see https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
 */
export function renderKubeletConfig(plan: LabPlan): string {
  const files = labFiles(plan.dir);
  const { release } = plan;
  const config = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: addresses.node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(files.pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    clusterDNS: [addresses.dnsService],
    clusterDomain: addresses.clusterDomain,
    resolvConf: join(files.config, 'resolv.conf'),
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
    // A new node is told about within a second of being ready, and otherwise as seldom as ever.
    nodeStatusUpdateFrequency: '1s',
    nodeStatusReportFrequency: '5m',
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    ...(release.failCgroupV1 && { failCgroupV1: false }),
    ...(release.runtimeEndpointInFile && { containerRuntimeEndpoint: `unix://${containerdSocket}` }),
  };
  return JSON.stringify(config, null, 2);
}

/** A kubeconfig (JSON, which is YAML) with one cluster and one user. */
export function renderKubeconfig(from: {
  name: string;
  server: string;
  caPem: string;
  token: string;
}): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: from.name,
        cluster: {
          server: from.server,
          'certificate-authority-data': Buffer.from(from.caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: from.name, user: { token: from.token } }],
    contexts: [{ name: from.name, context: { cluster: from.name, user: from.name } }],
    'current-context': from.name,
  };
  return JSON.stringify(config, null, 2);
}

/** Names outside the cluster get an answer at once (there are none): a lab has no way out. */
export function renderCorefile(kubeconfig: string): string {
  return `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    bind ${addresses.node}
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig ${kubeconfig}
        pods insecure
        ttl 5
    }
}
.:53 {
    bind ${addresses.node}
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;
}
