/** The API group and version of gofleet's objects. */
export const goRuntimeApi = {
  group: 'gofleet.dev',
  version: 'v1alpha1',
  plural: 'goruntimes',
  kind: 'GoRuntime',
} as const;

/** The names by which the parts of gofleet know each other in a cluster. */
export const inCluster = {
  namespace: 'gofleet-system',
  csiDriver: 'csi.gofleet.dev',
  webhookConfiguration: 'gofleet-webhook',
  /** PodTemplate that the builder makes its workers' Jobs from. */
  workerTemplate: 'gofleet-worker',
  /** Holds the webhook's certificates; installed empty, so that the controller needs no right to create Secrets. */
  webhookSecret: 'gofleet-webhook-tls',
  /** Holds the private key that signs attestations; installed empty, and filled by the builder where nobody gives one. */
  signingSecret: 'gofleet-signing',
  /** Its field: a private key in PEM form. */
  signingKeyName: 'attest.pem',
  /** ConfigMap of the public halves of every key that signed here, `<keyId>.pub`. */
  signingKeys: 'gofleet-signing',
  /** Lease of the controller that writes; installed empty, as the Secret is. */
  leaderLease: 'gofleet-controller',
  /** On workload templates: `<goVersion>@<generation>`; changing it rolls the pods. */
  rolloutAnnotation: 'gofleet.dev/rollout',
  /** On injected pods: JSON of `Injection[]`. */
  injectedAnnotation: 'gofleet.dev/injected',
  /** On a pod or its template: `"false"` keeps it out of every GoRuntime. */
  optOutLabel: 'gofleet.dev/inject',
  /** On a GoRuntime: the id of a revision that its workloads are to be taken back from. */
  undoAnnotation: 'gofleet.dev/undo',
  /** On a GoRuntime: another value tries a roll-out again that has regressed. */
  retryAnnotation: 'gofleet.dev/retry',
  finalizer: 'gofleet.dev/restore',
} as const;
