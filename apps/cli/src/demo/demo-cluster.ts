import { GofleetError } from '@gofleet/base/errors';
import type { KubeClient } from '@gofleet/kube/client';
import type { LabState } from '@gofleet/lab/lab';
import type { KubernetesLine } from '@gofleet/lab/releases';
import type { Progress } from '../progress.ts';
import type { RegistryInLab } from './registry-in-lab.ts';

/** The cluster that the demo runs in. */
export interface DemoCluster {
  /** For people: `lab demo`, or the kubeconfig's path. */
  readonly title: string;
  readonly kubeconfig: string;
  /** Path of the `kubectl` whose `kustomize` renders the operator's manifests. */
  readonly kubectl: string;
  /** GOPROXY for the builder, as pods of this cluster reach it. */
  readonly goproxy: string;
  readonly gosumdb: string;
  /** A folder of the node where the builder keeps its caches between runs; `undefined` for an emptyDir. */
  readonly builderHostPath: string | undefined;
  /** Starts a registry that artefacts are pushed to, besides; absent where they are not. */
  readonly startRegistry?: (client: KubeClient) => Promise<RegistryInLab>;
  /** Makes an image known to the nodes. */
  load(tar: string): Promise<void>;
  /**
   * Takes the cluster away; whether nothing is left of it. Absent where the cluster is the user's and stays: then everything
   * that was put into it is taken out again.
   */
  readonly down?: () => Promise<boolean>;
}

/** What the `go` command answers on this machine for the module proxy and the checksum database. */
export interface GoUpstreams {
  readonly goproxy: string;
  readonly gosumdb: string;
}

/** A real cluster in namespaces of this machine, taken down at the end. */
export async function startLab(options: {
  readonly name: string;
  readonly kubernetes: KubernetesLine;
  readonly builderHostPath: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly upstreams: GoUpstreams;
  /** Whether artefacts are pushed to a registry in it. */
  readonly withRegistry?: boolean;
}): Promise<DemoCluster & Required<Pick<DemoCluster, 'down'>>> {
  const { name, kubernetes, builderHostPath, progress, signal, upstreams } = options;
  const { ensureKustomizer, labDown, labLeftovers, labLoad, labUp } = await import('@gofleet/lab/lab');
  const state = await labUp({
    ...{ name, kubernetes, signal },
    onProgress: (event) => progress.report(event),
  });
  const kubectl = await ensureKustomizer(kubernetes, {
    signal,
    onProgress: (event) => progress.report(event),
  });
  return {
    title: `lab ${name}`,
    kubeconfig: state.kubeconfig,
    kubectl,
    goproxy: state.moduleMirror,
    gosumdb: upstreams.gosumdb,
    builderHostPath,
    ...(options.withRegistry ? { startRegistry: startRegistryIn(state) } : {}),
    load: (tar) => labLoad(name, [tar]),
    down: async () => {
      await labDown(name);
      return (await labLeftovers(name)).length === 0;
    },
  };
}

function startRegistryIn(lab: LabState): Required<DemoCluster>['startRegistry'] {
  return async (client) => {
    const { startRegistryInLab } = await import('./registry-in-lab.ts');
    return startRegistryInLab({ lab, client });
  };
}

/** A cluster that the user has; it stays, the demo's objects go. */
export function useKubeconfig(options: {
  readonly kubeconfig: string;
  /** A command that makes an image archive known to the nodes; `{}` stands for its path. */
  readonly loadCommand: string;
  readonly upstreams: GoUpstreams;
  readonly run: (argv: readonly string[]) => Promise<unknown>;
}): DemoCluster {
  const { kubeconfig, loadCommand, upstreams, run } = options;
  const words = loadCommand.split(/\s+/).filter(Boolean);
  if (!words.includes('{}')) {
    throw new GofleetError(
      'cli.usage',
      `--load-command needs {} where the archive's path goes, found "${loadCommand}"`,
      {
        hint: 'for example: --load-command "kind load image-archive {}"',
      },
    );
  }
  return {
    title: kubeconfig,
    kubeconfig,
    kubectl: 'kubectl',
    ...upstreams,
    builderHostPath: undefined,
    load: async (tar) => void (await run(words.map((word) => (word === '{}' ? tar : word)))),
  };
}
