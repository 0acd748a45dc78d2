/** The published operator that the demo runs, as its release has it. */
export interface PublishedOperator {
  readonly title: string;
  readonly module: string;
  readonly version: string;
  /** The Go release that its go.mod names. */
  readonly goVersion: string;
  /** Folder of the module with the manifests that its users apply, for `kubectl kustomize`. */
  readonly manifests: string;
  readonly namespace: string;
  readonly deployment: string;
  readonly container: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Path of the executable in its image. */
  readonly executable: string;
  readonly lease: string;
  readonly metricsPort: number;
}

/**
 * RabbitMQ's cluster operator of May 2024: controller-runtime 0.17, client-go 0.29.
 * @see go.mod and config/ of github.com/rabbitmq/cluster-operator/v2@v2.9.0
 */
export const rabbitmqOperator: PublishedOperator = {
  title: 'RabbitMQ cluster operator',
  module: 'github.com/rabbitmq/cluster-operator/v2',
  version: 'v2.9.0',
  goVersion: 'go1.21.5',
  manifests: 'config/installation',
  namespace: 'rabbitmq-system',
  deployment: 'rabbitmq-cluster-operator',
  container: 'operator',
  labels: { 'app.kubernetes.io/name': 'rabbitmq-cluster-operator' },
  executable: '/manager',
  lease: 'rabbitmq-cluster-operator-leader-election',
  metricsPort: 9782,
};

/** The API path of the objects that the operator reconciles, in its own namespace. */
export function workPathOf({ namespace }: PublishedOperator): string {
  return `/apis/rabbitmq.com/v1beta1/namespaces/${namespace}/rabbitmqclusters`;
}

/** Something for the operator to reconcile: it answers with a StatefulSet `<name>-server` in the same namespace. */
export function renderWorkFor(operator: PublishedOperator, name: string): Record<string, unknown> {
  return {
    apiVersion: 'rabbitmq.com/v1beta1',
    kind: 'RabbitmqCluster',
    metadata: { name, namespace: operator.namespace },
    spec: { replicas: 1, persistence: { storage: '0Gi' } },
  };
}
