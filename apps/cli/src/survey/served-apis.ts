import type { KubeClient } from '@gofleet/kube/client';
import { unlessGone } from '@gofleet/kube/unless-gone';

/** An API of the release table, and whether the cluster serves it. */
export interface ServedApi {
  /** `batch/v1 CronJob` */
  readonly id: string;
  readonly title: string;
  readonly served: boolean;
}

interface Groups {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string }[];
  }[];
}

interface Resources {
  readonly resources: readonly { readonly name: string; readonly kind: string }[];
}

/** Every group and version that the API server serves, aggregated ones included: `v1`, `apps/v1`. */
export async function listServedVersions(client: KubeClient): Promise<readonly string[]> {
  const [core, { groups }] = await Promise.all([
    client.get<{ readonly versions: readonly string[] }>('/api'),
    client.get<Groups>('/apis'),
  ]);
  const named = groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion));
  return [...core.versions, ...named].sort();
}

/** Asks the API server which of these it serves; `id` is `group/version Kind`. */
export async function findServedApis(
  client: KubeClient,
  versions: readonly string[],
  wanted: readonly { readonly id: string; readonly title: string }[],
): Promise<readonly ServedApi[]> {
  return await Promise.all(
    wanted.map(async ({ id, title }) => {
      const [groupVersion = '', kind] = id.split(' ');
      if (!versions.includes(groupVersion)) return { id, title, served: false };
      const found = await unlessGone(client.get<Resources>(`/apis/${groupVersion}`));
      return { id, title, served: found?.resources.some((resource) => resource.kind === kind) ?? false };
    }),
  );
}
