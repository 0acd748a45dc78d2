import { inCluster } from '@gofleet/inject/go-runtime';
import type { PublishedOperator } from './operator.ts';
import type { StartVariant } from './start-times.ts';

/** The images that the variants run, as the cluster knows them. */
export interface StartImages {
  readonly operator: string;
  /** Holds a Go tree at /goroot and the program /copy-tree. */
  readonly goTree: string;
}

/** The ways that are known; see `planStartVariants`. */
export type VariantName = 'uninjected' | 'injected' | 'initContainerNothing' | 'initContainerCopy';

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

/** The ways to start the operator's executable that are compared. */
export function planStartVariants(
  operator: PublishedOperator,
  images: StartImages,
  names: readonly VariantName[],
): StartVariant[] {
  const plain = podOf(operator, images.operator, false);
  const pods: Record<VariantName, Record<string, unknown>> = {
    uninjected: plain,
    injected: podOf(operator, images.operator, true),
    initContainerNothing: withInitContainer(plain, images.goTree, []),
    initContainerCopy: withInitContainer(plain, images.goTree, ['/goroot', '/opt/goruntime']),
  };
  return names.map((name) => ({ name, pod: pods[name] }));
}
