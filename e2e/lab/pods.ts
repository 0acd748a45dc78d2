const image = 'gofleet.dev/e2e/probe:1';

/** A web server behind a Service, and a pod that tries what pods are promised. */
export function probePods(goProxy: string): string {
  const container = { image, imagePullPolicy: 'Never' };
  const items = [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            ...container,
            args: ['serve'],
            readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'check' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          { name: 'check', ...container, args: ['check'], env: [{ name: 'GOPROXY', value: goProxy }] },
        ],
      },
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** A pod of the node's own: it sees the node's processes and its mounts reach kubelet. */
export function nodePod(): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'plugin' },
    spec: {
      hostPID: true,
      containers: [
        {
          name: 'plugin',
          image,
          imagePullPolicy: 'Never',
          args: ['serve'],
          securityContext: { privileged: true, runAsUser: 0 },
          volumeMounts: [
            { name: 'kubelet', mountPath: '/var/lib/kubelet', mountPropagation: 'Bidirectional' },
          ],
        },
      ],
      volumes: [{ name: 'kubelet', hostPath: { path: '/var/lib/kubelet' } }],
    },
  });
}
