import { isGofleetError } from '@gofleet/base/errors';
import type { KubeClient } from './client.ts';

/** How the API server serves a kind. */
export interface ServedResource {
  readonly plural: string;
  readonly namespaced: boolean;
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
  }[];
}

/**
 * The resource of a kind by discovery; `undefined` when it is not served.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 * @throws what asking the API server throws, but for `kube.not-found`
 */
export async function findResource(
  client: Pick<KubeClient, 'get'>,
  apiVersion: string,
  kind: string,
): Promise<ServedResource | undefined> {
  try {
    const { resources = [] } = await client.get<ResourceList>(`/apis/${apiVersion}`);
    // Subresources are listed too, by kinds of their own or of their parent.
    const found = resources.find((each) => each.kind === kind && !each.name.includes('/'));
    return found && { plural: found.name, namespaced: found.namespaced };
  } catch (thrown) {
    if (isGofleetError(thrown) && thrown.code === 'kube.not-found') return undefined;
    throw thrown;
  }
}
