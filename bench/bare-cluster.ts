import { inCluster } from '@gofleet/inject/in-cluster';
import { renderManifests } from '@gofleet/inject/manifests';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';
import { labDown, labUp } from '@gofleet/lab/lab';
import { applyManifests } from 'gofleet/cluster/apply-manifests';
import { createProgress } from 'gofleet/progress';

/** A lab with gofleet's API in it and none of its roles. */
export interface BareCluster {
  readonly client: KubeClient;
  readonly kubeconfig: string;
  /** To be ended before the lab is, the last first. */
  readonly ends: (() => Promise<unknown>)[];
}

const needed = new Set([
  ...['Namespace', 'CustomResourceDefinition', 'Secret', 'Lease', 'MutatingWebhookConfiguration'],
]);

async function installApi(client: KubeClient): Promise<void> {
  const manifests = renderManifests({ image: 'none' }).filter(({ kind }) => needed.has(kind));
  const { signal } = new AbortController();
  await applyManifests(client, manifests, { progress: createProgress({ quiet: true }), signal });
  await awaitAccount(client, inCluster.namespace);
}

/** Measures something on a lab of that name, which is taken down whatever happens. */
export async function withBareCluster<T>(
  name: string,
  measure: (cluster: BareCluster) => Promise<T>,
): Promise<T> {
  await labDown(name);
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const { kubeconfig } = await labUp({ name, kubernetes: '1.36' });
    const client = createKubeClient(await kubeconfigConnection({ path: kubeconfig }));
    ends.push(() => client.close());
    await installApi(client);
    return await measure({ client, kubeconfig, ends });
  } finally {
    for (const end of ends.reverse()) await end();
    await labDown(name);
  }
}

/** Many requests at the same time, as many nodes send them. */
export async function each<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** Resolves when pods can be made in a namespace. */
async function awaitAccount(client: KubeClient, name: string): Promise<void> {
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  const isThere = (): Promise<boolean> =>
    client.get(account).then(
      () => true,
      () => false,
    );
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Makes a namespace that pods can be made in. */
export async function makeNamespace(client: KubeClient, name: string): Promise<void> {
  await client.create('/api/v1/namespaces', { metadata: { name } });
  await awaitAccount(client, name);
}
