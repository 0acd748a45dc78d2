import { type GoPod, goPodsPath } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { runningAnnotation } from '@gofleet/inject/identity';
import type { PodPhase } from '@gofleet/inject/runtime-status';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { createReflector } from '@gofleet/kube/reflector';

/** What is known of a fleet of one wish, as it changes: asked for again and again it would be a load of its own. */
export interface FleetWatch {
  wish(): GoRuntime | undefined;
  /** Pods whose annotation says that this release runs in them. */
  told(goVersion: string): number;
  /** Pods that are reported to be in this phase. */
  reported(phase: PodPhase): number;
  stop(): void;
}

function stripPod({ metadata }: KubeObject): KubeObject {
  const { name, namespace = '', resourceVersion = '', annotations } = metadata;
  const { [runningAnnotation]: running = '' } = annotations ?? {};
  return { metadata: { name, namespace, resourceVersion, annotations: { running } } };
}

/** Resolves when everything is known that there is. */
export async function watchFleet(client: KubeClient, namespace: string): Promise<FleetWatch> {
  const wishes = createReflector<GoRuntime & KubeObject>({
    ...{ client, path: `/apis/gofleet.dev/v1alpha1/namespaces/${namespace}/goruntimes` },
  });
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const pods = createReflector({ client, path, strip: stripPod });
  const reports = createReflector<GoPod>({ client, path: goPodsPath(namespace) });
  const all = [wishes, pods, reports];
  for (const each of all) each.start();
  await Promise.all(all.map(({ synced }) => synced));
  return {
    wish: () => [...wishes.store.values()][0],
    told: (goVersion) =>
      [...pods.store.values()].filter(({ metadata }) => {
        return metadata.annotations?.running?.includes(`"${goVersion}"`);
      }).length,
    reported: (phase) =>
      [...reports.store.values()].filter((report) => report.wishes?.some((wish) => wish.phase === phase))
        .length,
    stop: () => {
      for (const each of all) each.stop();
    },
  };
}
