import { goBuildApi } from '../builds/go-build.ts';
import { inCluster } from '../in-cluster.ts';
import { builderDir, builderUserId, environmentOf, ownershipOf, storageOf } from './builder-pod.ts';
import {
  allow,
  commandOf,
  type InstallOptions,
  labelsOf,
  type Manifest,
  metaOf,
  renderAccess,
  restrictedContainer,
} from './manifest.ts';

const { group, plural } = goBuildApi;

/** A worker may claim builds and say how far they are; it makes none and removes none. */
const clusterRules = [
  allow(group, [plural], ['get', 'list', 'watch']),
  allow(group, [`${plural}/status`], ['update']),
];

function renderPod(options: InstallOptions): Record<string, unknown> {
  return {
    serviceAccountName: 'gofleet-worker',
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 30,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: builderUserId, runAsGroup: builderUserId, fsGroup: builderUserId },
    },
    initContainers: ownershipOf(options),
    containers: [
      {
        name: 'worker',
        image: options.image,
        imagePullPolicy: 'IfNotPresent',
        command: commandOf('worker'),
        args: ['--dir', builderDir, '--builder-url', `http://gofleet-builder.${inCluster.namespace}.svc`],
        env: environmentOf(options),
        resources: {
          requests: { cpu: '500m', memory: '512Mi' },
          limits: { memory: '8Gi' },
        },
        securityContext: restrictedContainer,
        volumeMounts: [
          { name: 'store', mountPath: builderDir },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [storageOf(options), { name: 'tmp', emptyDir: { sizeLimit: '8Gi' } }],
  };
}

/** Workers: what they may do, and the template that the builder makes Jobs from. Resources and places are set there. */
export function renderWorker(options: InstallOptions): readonly Manifest[] {
  return [
    ...renderAccess('worker', { cluster: clusterRules }),
    {
      apiVersion: 'v1',
      kind: 'PodTemplate',
      metadata: metaOf('worker', inCluster.workerTemplate, inCluster.namespace),
      template: { metadata: { labels: labelsOf('worker') }, spec: renderPod(options) },
    },
  ];
}
