import { goRuntimeApi, inCluster } from '../go-runtime.ts';
import {
  allow,
  commandOf,
  type InstallOptions,
  labelsOf,
  type Manifest,
  metaOf,
  probe,
  renderAccess,
  restrictedContainer,
  selectorOf,
} from './manifest.ts';

const dir = '/var/lib/gofleet-builder';
const userId = 65532;

const clusterRules = [
  allow(goRuntimeApi.group, [goRuntimeApi.plural], ['get', 'list', 'watch']),
  allow(goRuntimeApi.group, [`${goRuntimeApi.plural}/status`], ['patch']),
];

function environmentOf({ goproxy, gosumdb }: InstallOptions): { name: string; value: string }[] {
  return [
    ...(goproxy === undefined ? [] : [{ name: 'GOPROXY', value: goproxy }]),
    ...(gosumdb === undefined ? [] : [{ name: 'GOSUMDB', value: gosumdb }]),
  ];
}

function storageOf({ builderHostPath }: InstallOptions): Record<string, unknown> {
  return builderHostPath === undefined
    ? { name: 'store', emptyDir: {} }
    : { name: 'store', hostPath: { path: builderHostPath, type: 'DirectoryOrCreate' } };
}

/** A folder of the node belongs to root at first, and kubelet changes the owner of no hostPath. */
function ownershipOf({ builderHostPath, image }: InstallOptions): Record<string, unknown>[] {
  if (builderHostPath === undefined) return [];
  return [
    {
      name: 'ownership',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['/gofleet/node', '-e', `require('fs').chownSync('${dir}', ${userId}, ${userId})`],
      securityContext: {
        ...restrictedContainer,
        runAsNonRoot: false,
        runAsUser: 0,
        capabilities: { drop: ['ALL'], add: ['CHOWN'] },
      },
      volumeMounts: [{ name: 'store', mountPath: dir }],
    },
  ];
}

function renderPod(options: InstallOptions): Record<string, unknown> {
  return {
    serviceAccountName: 'gofleet-builder',
    terminationGracePeriodSeconds: 30,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: { runAsNonRoot: true, runAsUser: userId, runAsGroup: userId, fsGroup: userId },
    initContainers: ownershipOf(options),
    containers: [
      {
        name: 'builder',
        image: options.image,
        imagePullPolicy: 'IfNotPresent',
        command: commandOf('builder'),
        args: ['--listen-port', '8080', '--dir', dir],
        env: environmentOf(options),
        ports: [{ name: 'http', containerPort: 8080 }],
        // Compilers keep every core busy: a probe that waits for its turn is no dead builder.
        readinessProbe: probe('/healthz', 8080, { periodSeconds: 5, timeoutSeconds: 10 }),
        livenessProbe: probe('/healthz', 8080, {
          periodSeconds: 30,
          timeoutSeconds: 20,
          failureThreshold: 6,
        }),
        resources: { requests: { cpu: '100m', memory: '256Mi' } },
        securityContext: restrictedContainer,
        volumeMounts: [
          { name: 'store', mountPath: dir },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [storageOf(options), { name: 'tmp', emptyDir: {} }],
  };
}

/** The builder: relinks what nodes observed, and serves the artefacts to them. */
export function renderBuilder(options: InstallOptions): readonly Manifest[] {
  const { namespace } = inCluster;
  return [
    ...renderAccess('builder', { cluster: clusterRules }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metaOf('builder', 'gofleet-builder', namespace),
      spec: {
        selector: selectorOf('builder'),
        ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metaOf('builder', 'gofleet-builder', namespace),
      spec: {
        replicas: 1,
        // Two builders would share one directory.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: selectorOf('builder') },
        template: { metadata: { labels: labelsOf('builder') }, spec: renderPod(options) },
      },
    },
  ];
}
