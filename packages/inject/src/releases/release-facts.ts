import type { ReleaseFact } from './release-fact.ts';

/** @see https://kubernetes.io/docs/reference/using-api/deprecation-guide/ */
const guide = 'Deprecated API migration guide';

/** @see https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/features/kube_features.go */
const gates = (release: string): string => `kubernetes v${release}, pkg/features/kube_features.go`;

const apis: readonly ReleaseFact[] = [
  {
    id: 'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration',
    title: 'Mutating webhooks v1',
    stages: [[16, 'stable']],
    with: 'registers one webhook entry per wish',
    without: 'needs it',
    source: guide,
  },
  {
    id: 'admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration',
    title: 'Mutating webhooks v1beta1',
    stages: [
      [9, 'on'],
      [22, 'gone'],
    ],
    with: 'uses v1',
    without: 'uses v1',
    source: guide,
  },
  {
    id: 'apiextensions.k8s.io/v1 CustomResourceDefinition',
    title: 'CRDs v1',
    stages: [[16, 'stable']],
    with: 'installs GoRuntime with a structural schema',
    without: 'needs it',
    source: guide,
  },
  {
    id: 'storage.k8s.io/v1 CSIDriver',
    title: 'CSIDriver v1',
    stages: [[18, 'stable']],
    with: 'registers csi.gofleet.dev',
    without: 'needs it',
    source: guide,
  },
  {
    id: 'batch/v1 CronJob',
    title: 'CronJob v1',
    stages: [[21, 'stable']],
    with: 'reads CronJobs of manifests in any version',
    without: 'reads CronJobs of batch/v1beta1 in manifests',
    source: guide,
  },
  {
    id: 'batch/v1beta1 CronJob',
    title: 'CronJob v1beta1',
    stages: [
      [8, 'on'],
      [25, 'gone'],
    ],
    with: 'reads CronJobs of manifests in any version',
    without: 'still reads them in manifests; the API server would refuse them',
    source: guide,
  },
  {
    id: 'policy/v1 PodDisruptionBudget',
    title: 'PodDisruptionBudget v1',
    stages: [[21, 'stable']],
    with: 'a roll-out begins no workload whose roll a budget does not allow',
    without: 'reads budgets of policy/v1beta1',
    source: guide,
  },
  {
    id: 'policy/v1beta1 PodSecurityPolicy',
    title: 'PodSecurityPolicy',
    stages: [
      [8, 'on'],
      [25, 'gone'],
    ],
    with: 'a policy must allow csi volumes in the namespaces of injected pods; preflight tells when there are policies',
    without: 'Pod Security decides',
    source: guide,
  },
  {
    id: 'discovery.k8s.io/v1 EndpointSlice',
    title: 'EndpointSlice v1',
    stages: [[21, 'stable']],
    with: 'is reached through its Services only',
    without: 'is reached through its Services only',
    source: guide,
  },
  ...(
    [
      ['v1beta1', 20, 26],
      ['v1beta2', 23, 29],
      ['v1beta3', 26, 32],
    ] as const
  ).map(
    ([version, from, until]): ReleaseFact => ({
      id: `flowcontrol.apiserver.k8s.io/${version} FlowSchema`,
      title: `API priority and fairness ${version}`,
      stages: [
        [from, 'on'],
        [until, 'gone'],
      ],
      with: 'installs no flow schema: its requests run at the default priority',
      without: 'nothing to do',
      source: guide,
    }),
  ),
  {
    id: 'flowcontrol.apiserver.k8s.io/v1 FlowSchema',
    title: 'API priority and fairness v1',
    stages: [[29, 'stable']],
    with: 'installs no flow schema: its requests run at the default priority',
    without: 'nothing to do',
    source: guide,
  },
];

const features: readonly ReleaseFact[] = [
  {
    id: 'CSIInlineVolume',
    title: 'CSI ephemeral inline volumes',
    stages: [
      [15, 'alpha'],
      [16, 'on'],
      [25, 'stable'],
    ],
    with: 'mounts relinked executables with them',
    without: 'has delivery copy only',
    source: gates('1.25.16'),
  },
  {
    id: 'ServerSideApply',
    title: 'Server-side apply',
    stages: [
      [14, 'alpha'],
      [16, 'on'],
      [22, 'stable'],
    ],
    with: 'every role writes its own part of the status with it',
    without: 'needs it',
    source: gates('1.22.17'),
  },
  {
    id: 'NamespaceDefaultLabelName',
    title: 'Label kubernetes.io/metadata.name on namespaces',
    stages: [
      [21, 'on'],
      [22, 'stable'],
    ],
    with: 'webhook entries select their namespace by it',
    without:
      'webhook entries select pods by their labels alone; those of other namespaces are sent too, and answered with nothing',
    source: gates('1.21.14'),
  },
  {
    id: 'PodSecurity',
    title: 'Pod Security admission',
    stages: [
      [22, 'alpha'],
      [23, 'on'],
      [25, 'stable'],
    ],
    with: "preflight checks the namespace's level; the CSIDriver is labelled for `restricted`",
    without: 'the label has no effect',
    source: gates('1.25.16'),
  },
  {
    id: 'IdentifyPodOS',
    title: 'spec.os of pods',
    stages: [
      [23, 'alpha'],
      [24, 'on'],
      [25, 'stable'],
    ],
    with: 'leaves pods for other systems alone',
    without: 'a pod for Windows is told apart by its node only: leave it out of the selector',
    source: gates('1.25.16'),
  },
  {
    id: 'EphemeralContainers',
    title: 'Ephemeral containers',
    stages: [
      [16, 'alpha'],
      [23, 'on'],
      [25, 'stable'],
    ],
    with: 'never injects into them; processes are read through the node plugin',
    without: 'the same',
    source: gates('1.25.16'),
  },
  {
    id: 'UserNamespacesSupport',
    title: 'User namespaces',
    stages: [
      [25, 'alpha'],
      [30, 'off'],
      [33, 'on'],
      [36, 'stable'],
    ],
    with: 'preflight tells of pods with hostUsers: false, whose mounts are mapped by the runtime',
    without: 'nothing to do',
    source: gates('1.37.2'),
  },
  {
    id: 'ValidatingAdmissionPolicy',
    title: 'Validating admission policies',
    stages: [
      [26, 'alpha'],
      [28, 'off'],
      [30, 'stable'],
    ],
    with: 'installs none: a pod is never refused because of gofleet',
    without: 'the same',
    source: gates('1.30.14'),
  },
  {
    id: 'InPlacePodVerticalScaling',
    title: 'In-place resize of pods',
    stages: [
      [27, 'alpha'],
      [33, 'on'],
      [35, 'stable'],
    ],
    with: 'GOMEMLIMIT is what the limit was when the pod began, or with evaluate: AtStart its container: the status says when a resize has outdated it',
    without: 'limits do not change while a pod runs',
    source: gates('1.37.2'),
  },
  {
    id: 'AdmissionWebhookMatchConditions',
    title: 'matchConditions of webhooks',
    stages: [
      [27, 'alpha'],
      [28, 'on'],
      [30, 'stable'],
    ],
    with: 'uses the selectors, which exist in every release and are enough',
    without: 'the same',
    source: gates('1.30.14'),
  },
  {
    id: 'WatchList',
    title: 'Streamed lists',
    stages: [
      [27, 'alpha'],
      [32, 'on'],
      [33, 'off'],
      [34, 'on'],
    ],
    with: 'lists in pages, which every release serves',
    without: 'the same',
    source: 'apiserver v0.37.2, pkg/features/kube_features.go',
  },
  {
    id: 'SidecarContainers',
    title: 'Native sidecars',
    stages: [
      [28, 'alpha'],
      [29, 'on'],
      [33, 'stable'],
    ],
    with: 'a sandbox is an init container that goes on, before the others',
    without: 'a sandbox is the first of the containers, and its hook holds the others back',
    source: gates('1.35.4'),
  },
  {
    id: 'TranslateStreamCloseWebsocketRequests',
    title: 'exec over WebSockets, version 5',
    stages: [
      [29, 'alpha'],
      [30, 'on'],
    ],
    with: 'asks node plugins with it',
    without: 'asks node plugins with version 4 of the protocol',
    source: gates('1.35.4'),
  },
  {
    id: 'ImageVolume',
    title: 'Image volumes',
    stages: [
      [31, 'alpha'],
      [33, 'off'],
      [35, 'on'],
      [36, 'stable'],
    ],
    with: 'delivery `image`, where the node plugin is missing or the wish says so, with containerd 2.1 or CRI-O 1.31',
    without: 'delivery `copy` there',
    source: gates('1.37.2'),
  },
  {
    id: 'MutatingAdmissionPolicy',
    title: 'Mutating admission policies',
    stages: [
      [32, 'alpha'],
      [34, 'off'],
      [36, 'stable'],
    ],
    with: 'uses its webhook: what to mount is looked up, which a policy cannot',
    without: 'uses its webhook',
    source: 'apiserver v0.37.2, pkg/features/kube_features.go',
  },
  {
    id: 'PodLevelResources',
    title: 'Resources of whole pods',
    stages: [
      [32, 'alpha'],
      [34, 'on'],
    ],
    with: "GOMEMLIMIT and GOMAXPROCS are computed from a container's own limits only",
    without: 'the same',
    source: gates('1.37.2'),
  },
  {
    id: 'RestartAllContainersOnContainerExits',
    title: 'Restart of all containers in place',
    stages: [
      [35, 'alpha'],
      [36, 'on'],
    ],
    with: 'replaces pods by their workload: volumes of a pod cannot change',
    without: 'the same',
    source: gates('1.37.2'),
  },
];

/** @see https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/api/core/v1/types.go */
const later: readonly ReleaseFact[] = [
  {
    id: 'MemoryQoS',
    title: 'Memory throttling below the limit (cgroup v2)',
    stages: [
      [22, 'alpha'],
      [37, 'on'],
    ],
    with: 'keeps GOMEMLIMIT a margin below the limit, so that the collector acts before the kernel throttles',
    without: 'the same margin',
    source: gates('1.37.2'),
  },
  {
    id: 'NodeDeclaredFeatures',
    title: 'Features that nodes declare',
    stages: [
      [35, 'alpha'],
      [36, 'on'],
      [37, 'stable'],
    ],
    with: '`gofleet cluster --json` lists them for each node',
    without: 'nodes are known by their versions and by what the node plugin tries',
    source: gates('1.37.2'),
  },
  {
    id: 'VolumeBindMountOptions',
    title: 'noexec for mounts of a pod',
    stages: [[37, 'alpha']],
    with: "its own mounts have no such option; preflight tells of a pod's noexec mount at or above an executable",
    without: 'mounts of a pod can be executed from, unless the file system of the node is noexec',
    source: gates('1.37.2'),
  },
];

/** What appears and disappears between Kubernetes 1.20 and 1.37 that gofleet touches or meets, and what it does then. */
export const releaseFacts: readonly ReleaseFact[] = [...apis, ...features, ...later];
