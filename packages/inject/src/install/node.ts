import { goRuntimeApi, inCluster } from '../in-cluster.ts';
import { goPodApi } from '../reports/go-pod.ts';
import {
  allow,
  commandOf,
  type InstallOptions,
  labelsOf,
  type Manifest,
  metaOf,
  probe,
  renderAccess,
  selectorOf,
} from './manifest.ts';

const read = ['get', 'list', 'watch'];

const clusterRules = [
  allow(goRuntimeApi.group, [goRuntimeApi.plural], read),
  allow(goRuntimeApi.group, [`${goRuntimeApi.plural}/status`], ['patch']),
  allow(goPodApi.group, [goPodApi.plural], [...read, 'create', 'patch']),
  allow('', ['pods'], read),
];

/** Tells a node plugin that ends whether it is being removed for good, and has to clean its node. */
const ownRules = [allow('apps', ['daemonsets'], ['get'], ['gofleet-node'])];

/** Ephemeral inline volumes only; safe for namespaces that enforce Pod Security `restricted`. */
function renderDriver(): Manifest {
  const { name, labels = {} } = metaOf('node', inCluster.csiDriver);
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: {
      name,
      labels: { ...labels, 'security.kubernetes.io/csi-ephemeral-volume-profile': 'restricted' },
    },
    spec: {
      attachRequired: false,
      podInfoOnMount: true,
      fsGroupPolicy: 'None',
      volumeLifecycleModes: ['Ephemeral'],
    },
  };
}

function renderContainer({
  image,
  nodeStoreMax,
  kubeletDir = '/var/lib/kubelet',
}: InstallOptions): Record<string, unknown> {
  return {
    name: 'node',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: commandOf('node'),
    args: [
      '--node-name',
      '$(NODE_NAME)',
      '--kubelet-dir',
      kubeletDir,
      '--builder-url',
      `http://gofleet-builder.${inCluster.namespace}.svc`,
      '--health-port',
      '8081',
      ...(nodeStoreMax === undefined ? [] : ['--store-max', nodeStoreMax]),
    ],
    env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    ports: [{ name: 'health', containerPort: 8081 }],
    readinessProbe: probe('/readyz', 8081, { periodSeconds: 2 }),
    livenessProbe: probe('/healthz', 8081, { periodSeconds: 10, initialDelaySeconds: 5 }),
    resources: { requests: { cpu: '20m', memory: '96Mi' } },
    // Mounts must reach kubelet (Bidirectional), and other pods' executables are read through /proc.
    securityContext: { privileged: true, runAsUser: 0, readOnlyRootFilesystem: true },
    volumeMounts: [{ name: 'kubelet', mountPath: kubeletDir, mountPropagation: 'Bidirectional' }],
  };
}

function renderPod(options: InstallOptions): Record<string, unknown> {
  const { kubeletDir = '/var/lib/kubelet' } = options;
  return {
    serviceAccountName: 'gofleet-node',
    priorityClassName: 'system-node-critical',
    hostPID: true,
    terminationGracePeriodSeconds: 30,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ operator: 'Exists' }],
    containers: [renderContainer(options)],
    volumes: [{ name: 'kubelet', hostPath: { path: kubeletDir, type: 'Directory' } }],
  };
}

/** The node plugin: CSI driver and reader of running executables, on every Linux node before other pods. */
export function renderNode(options: InstallOptions): readonly Manifest[] {
  return [
    ...renderAccess('node', { cluster: clusterRules, own: ownRules }),
    renderDriver(),
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: metaOf('node', 'gofleet-node', inCluster.namespace),
      spec: {
        selector: { matchLabels: selectorOf('node') },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: { metadata: { labels: labelsOf('node') }, spec: renderPod(options) },
      },
    },
  ];
}
