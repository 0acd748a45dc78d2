import { webhookService } from '../admission/webhook-configuration.ts';
import { goChannelApi } from '../declaration/go-channel.ts';
import { goRuntimeApi, inCluster } from '../in-cluster.ts';
import { goPodApi } from '../reports/go-pod.ts';
import { serviceVersionApi } from '../rollout/service-version.ts';
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
import { renderReads } from './reads.ts';

const { group, plural } = goRuntimeApi;
const read = ['get', 'list', 'watch'];

const clusterRules = [
  allow(group, [plural], [...read, 'patch']),
  allow(group, [`${plural}/status`], ['patch']),
  allow(group, [goChannelApi.plural], read),
  allow(group, [goPodApi.plural], [...read, 'create', 'patch', 'delete', 'deletecollection']),
  // Annotations of pods are said by the controller alone: nodes may not write pods.
  allow('', ['pods'], [...read, 'patch']),
  allow('', ['nodes'], read),
  allow('apps', ['deployments', 'statefulsets', 'daemonsets'], ['get', 'list', 'patch']),
  allow('apps', ['replicasets'], ['get']),
  // OLM writes Deployments from these. Whoever may patch Deployments could as well patch OLM's own.
  allow(serviceVersionApi.group, [serviceVersionApi.plural], ['get', 'patch']),
  allow('policy', ['poddisruptionbudgets'], ['list']),
  allow('', ['events'], ['create']),
  allow(
    'admissionregistration.k8s.io',
    ['mutatingwebhookconfigurations'],
    ['get', 'update'],
    [inCluster.webhookConfiguration],
  ),
];

const ownRules = [
  allow('coordination.k8s.io', ['leases'], ['get', 'update'], [inCluster.leaderLease]),
  allow('', ['secrets'], ['get', 'update'], [inCluster.webhookSecret]),
  // Whether namespaces are labelled with their name is read from gofleet's own.
  allow('', ['namespaces'], ['get'], [inCluster.namespace]),
];

/** Logs hold what programs were never meant to tell: read only where somebody asked for it. */
function logRules({ readLogs = false }: InstallOptions): readonly ReturnType<typeof allow>[] {
  return readLogs ? [allow('', ['pods/log'], ['get'])] : [];
}

/**
 * Node's flags: the heap is filled once, by lists, and then hardly changes, so it grows by a fifth before it is collected, not by the
 * double. A size for all fleets, which would end a controller that outgrows it, is not set.
 */
export const controllerFlags = ['--optimize-for-size', '--heap-growing-percent=20'] as const;

function renderPod(options: InstallOptions): Record<string, unknown> {
  return {
    serviceAccountName: 'gofleet-controller',
    priorityClassName: 'system-cluster-critical',
    terminationGracePeriodSeconds: 30,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 },
    containers: [
      {
        name: 'controller',
        image: options.image,
        imagePullPolicy: 'IfNotPresent',
        command: commandOf('controller', controllerFlags),
        args: [
          '--listen-port',
          '9443',
          '--health-port',
          '8081',
          '--namespace',
          inCluster.namespace,
          '--image',
          options.image,
        ],
        ports: [
          { name: 'webhook', containerPort: 9443 },
          { name: 'health', containerPort: 8081 },
        ],
        readinessProbe: probe('/readyz', 8081, { periodSeconds: 2 }),
        livenessProbe: probe('/healthz', 8081, { periodSeconds: 10, initialDelaySeconds: 5 }),
        resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } },
        securityContext: restrictedContainer,
      },
    ],
  };
}

/** The controller: webhook and reconciler. Of several, one writes; the next takes over from it at any point. */
export function renderController(options: InstallOptions): readonly Manifest[] {
  const { namespace } = inCluster;
  return [
    ...renderAccess('controller', { cluster: [...clusterRules, ...logRules(options)], own: ownRules }),
    ...renderReads(),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: metaOf('controller', inCluster.webhookSecret, namespace),
    },
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: metaOf('controller', inCluster.leaderLease, namespace),
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metaOf('controller', webhookService.name, namespace),
      spec: {
        selector: selectorOf('controller'),
        ports: [{ name: 'https', port: webhookService.port, targetPort: 'webhook', protocol: 'TCP' }],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: metaOf('controller', inCluster.webhookConfiguration),
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metaOf('controller', 'gofleet-controller', namespace),
      spec: {
        replicas: 1,
        // One writer at a time: a second one would only repeat the first one's work, and roll-outs want one mind.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: selectorOf('controller') },
        template: { metadata: { labels: labelsOf('controller') }, spec: renderPod(options) },
      },
    },
  ];
}
