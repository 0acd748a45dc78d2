/** The addresses inside a lab: the same in every lab, since each has a network of its own. */
export const addresses = {
  node: '10.200.0.1',
  nodePrefix: 24,
  apiPort: 6443,
  mirrorPort: 8081,
  services: '10.96.0.0/16',
  kubernetesService: '10.96.0.1',
  dnsService: '10.96.0.10',
  pods: '10.244.0.0/24',
  clusterDomain: 'cluster.local',
} as const;

/** What the API server's certificate is good for: from the host, in the node's network, through its Service. */
export const apiServerNames: string[] = [
  '127.0.0.1',
  'localhost',
  addresses.node,
  addresses.kubernetesService,
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  `kubernetes.default.svc.${addresses.clusterDomain}`,
];

/** Where pods find the module mirror. */
export const moduleMirrorUrl = `http://${addresses.node}:${addresses.mirrorPort}`;
