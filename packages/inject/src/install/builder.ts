import { goBuildApi } from '../builds/go-build.ts';
import { goRuntimeApi, inCluster } from '../in-cluster.ts';
import { builderDir, builderUserId, environmentOf, ownershipOf, storageOf } from './builder-pod.ts';
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

const { group, plural } = goRuntimeApi;
const builds = goBuildApi.plural;
const read = ['get', 'list', 'watch'];

const clusterRules = [
  allow(group, [plural], read),
  allow(group, [`${plural}/status`], ['patch']),
  allow(group, [builds], [...read, 'create', 'patch', 'delete']),
  allow(group, [`${builds}/status`], ['update']),
  allow('', ['events'], ['create']),
];

/** The key that signs, and who may know its public half. */
const signingRules = [
  allow('', ['secrets'], ['get', 'update'], [inCluster.signingSecret]),
  allow('', ['configmaps'], ['get', 'update'], [inCluster.signingKeys]),
];

/** The Jobs of its workers. Who may make Jobs here may run anything here: only a builder that needs it may. */
function ownRules({ workerPods = 0 }: InstallOptions): Record<string, unknown>[] {
  if (workerPods === 0) return signingRules;
  return [
    ...signingRules,
    allow('batch', ['jobs'], ['list', 'create', 'delete']),
    allow('', ['podtemplates'], ['get'], [inCluster.workerTemplate]),
  ];
}

function argumentsOf({ workerPods = 0, push }: InstallOptions): string[] {
  return [
    ...['--listen-port', '8080', '--dir', builderDir],
    ...(workerPods === 0 ? [] : ['--worker-pods', String(workerPods)]),
    ...(push === undefined ? [] : ['--push', push]),
  ];
}

const credentialsDir = '/var/run/gofleet/docker';

function credentialsOf({ pushSecret }: InstallOptions) {
  if (pushSecret === undefined) return { env: [], mounts: [], volumes: [] };
  const login = { name: pushSecret, items: [{ key: '.dockerconfigjson', path: 'config.json' }] };
  const authority = { name: pushSecret, items: [{ key: 'ca.crt', path: 'ca.crt' }], optional: true };
  return {
    env: [
      { name: 'DOCKER_CONFIG', value: credentialsDir },
      { name: 'NODE_EXTRA_CA_CERTS', value: `${credentialsDir}/ca.crt` },
    ],
    mounts: [{ name: 'credentials', mountPath: credentialsDir, readOnly: true }],
    volumes: [{ name: 'credentials', projected: { sources: [{ secret: login }, { secret: authority }] } }],
  };
}

function renderPod(options: InstallOptions): Record<string, unknown> {
  const credentials = credentialsOf(options);
  return {
    serviceAccountName: 'gofleet-builder',
    terminationGracePeriodSeconds: 30,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: builderUserId,
      runAsGroup: builderUserId,
      fsGroup: builderUserId,
    },
    initContainers: ownershipOf(options),
    containers: [
      {
        name: 'builder',
        image: options.image,
        imagePullPolicy: 'IfNotPresent',
        command: commandOf('builder'),
        args: argumentsOf(options),
        env: [...environmentOf(options), ...credentials.env],
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
          { name: 'store', mountPath: builderDir },
          { name: 'tmp', mountPath: '/tmp' },
          ...credentials.mounts,
        ],
      },
    ],
    volumes: [storageOf(options), { name: 'tmp', emptyDir: {} }, ...credentials.volumes],
  };
}

/** The builder: keeps the queue of builds, and serves the artefacts to nodes. */
export function renderBuilder(options: InstallOptions): readonly Manifest[] {
  const { namespace } = inCluster;
  return [
    ...renderAccess('builder', { cluster: clusterRules, own: ownRules(options) }),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: metaOf('builder', inCluster.signingSecret, namespace),
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metaOf('builder', inCluster.signingKeys, namespace),
    },
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
