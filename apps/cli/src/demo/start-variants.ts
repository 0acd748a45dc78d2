import { inCluster } from '@gofleet/inject/in-cluster';
import type { PublishedOperator } from './operator.ts';
import type { StartVariant } from './start-times.ts';

/** The images that the variants run, as the cluster knows them. */
export interface StartImages {
  readonly operator: string;
  /** Holds a Go tree at /goroot and the program /copy-tree; empty where no starts are measured. */
  readonly goTree: string;
}

/** The ways to start the operator's executable that are compared. */
export type StartVariants = Readonly<
  Record<'uninjected' | 'injected' | 'initContainerNothing' | 'initContainerCopy', StartVariant>
>;

/** Prints its flags and ends, so that the first output is that of a program that just started. */
function podOf(operator: PublishedOperator, image: string, inject: boolean): Record<string, unknown> {
  return {
    metadata: { labels: { ...operator.labels, [inCluster.optOutLabel]: inject ? 'true' : 'false' } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'main', image, imagePullPolicy: 'IfNotPresent', command: [operator.executable, '--help'] },
      ],
    },
  };
}

/** The published technique: an init container fills a volume with a Go tree, and GOROOT points at it. */
function withInitContainer(
  pod: Record<string, unknown>,
  image: string,
  args: readonly string[],
): Record<string, unknown> {
  const spec = pod.spec as { containers: object[] };
  const mount = { name: 'goruntime', mountPath: '/opt/goruntime' };
  return {
    ...pod,
    spec: {
      ...spec,
      volumes: [{ name: 'goruntime', emptyDir: {} }],
      initContainers: [
        {
          name: 'inject-goruntime',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/copy-tree', ...args],
          volumeMounts: [mount],
        },
      ],
      containers: spec.containers.map((container) => ({
        ...container,
        env: [{ name: 'GOROOT', value: '/opt/goruntime' }],
        volumeMounts: [mount],
      })),
    },
  };
}

/** The same program as it is, injected, and behind init containers of which one does nothing and one copies a Go tree. */
export function planStartVariants(operator: PublishedOperator, images: StartImages): StartVariants {
  const plain = podOf(operator, images.operator, false);
  const withInit = (...args: string[]): Record<string, unknown> =>
    withInitContainer(plain, images.goTree, args);
  return {
    uninjected: { name: 'uninjected', pod: plain },
    injected: { name: 'injected', pod: podOf(operator, images.operator, true) },
    initContainerNothing: { name: 'initContainerNothing', pod: withInit() },
    initContainerCopy: { name: 'initContainerCopy', pod: withInit('/goroot', '/opt/goruntime') },
  };
}
