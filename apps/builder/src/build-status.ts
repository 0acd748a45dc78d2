import { isGofleetError } from '@gofleet/base/errors';
import { type GoBuild, type GoBuildStatus, goBuildsPath } from '@gofleet/inject/builds';
import type { KubeClient } from '@gofleet/kube/client';

/** What writing a build's status takes. */
export type StatusClient = Pick<KubeClient, 'get' | 'update'>;

/**
 * Writes the status of a build as it was read; answers the build as it is then.
 * @throws `kube.conflict` when it has changed since, `kube.not-found`, and the other codes of `KubeClient.update`
 */
export function writeBuildStatus(
  client: StatusClient,
  build: GoBuild,
  status: GoBuildStatus,
): Promise<GoBuild> {
  return client.update<GoBuild>(`${goBuildsPath}/${build.metadata.name}/status`, { ...build, status });
}

const isCode = (thrown: unknown, code: string): boolean => isGofleetError(thrown) && thrown.code === code;

/**
 * Changes the status of a build on top of whatever it is now; `undefined` when `change` answers that there is nothing to change any
 * more, or the build is gone.
 */
export async function changeBuildStatus(
  client: StatusClient,
  build: GoBuild,
  change: (build: GoBuild) => GoBuildStatus | undefined,
): Promise<GoBuild | undefined> {
  let current = build;
  for (;;) {
    const status = change(current);
    if (status === undefined) return undefined;
    try {
      return await writeBuildStatus(client, current, status);
    } catch (thrown) {
      if (isCode(thrown, 'kube.not-found')) return undefined;
      if (!isCode(thrown, 'kube.conflict')) throw thrown;
    }
    const read = await client
      .get<GoBuild>(`${goBuildsPath}/${build.metadata.name}`)
      .catch((thrown: unknown) => {
        if (isCode(thrown, 'kube.not-found')) return undefined;
        throw thrown;
      });
    // Another build of the same name is not the one that was meant.
    if (read === undefined || read.metadata.uid !== build.metadata.uid) return undefined;
    current = read;
  }
}
