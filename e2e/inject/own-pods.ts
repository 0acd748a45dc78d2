import type { KubeObject } from '@gofleet/kube/kube-object';
import type { Fleet } from './fleet.ts';
import { waitUntil } from './wait-until.ts';

/** The API path of the pods of gofleet itself. */
export const ownPods = '/api/v1/namespaces/gofleet-system/pods';
const controllerPath = '/apis/apps/v1/namespaces/gofleet-system/deployments/gofleet-controller';

/** A pod of a role of gofleet's own that is ready. */
export async function podOf({ client }: Fleet, role: string): Promise<KubeObject> {
  return waitUntil(`a pod of the ${role}`, async () => {
    const { items } = await client.list<
      KubeObject & { status?: { conditions?: { type: string; status: string }[] } }
    >(ownPods, { labelSelector: `app.kubernetes.io/name=gofleet-${role}` });
    return items.find(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
  });
}

/** Ends the pod of a role without grace. */
export async function kill(fleet: Fleet, role: string): Promise<void> {
  const { metadata } = await podOf(fleet, role);
  await fleet.client.delete(`${ownPods}/${metadata.name}`, { gracePeriodSeconds: 0 });
}

/** Another number of controllers, once they are there or gone. */
export async function scaleController(fleet: Fleet, replicas: number): Promise<void> {
  await fleet.client.patch(controllerPath, { spec: { replicas } }, { type: 'merge' });
  if (replicas > 0) return void (await podOf(fleet, 'controller'));
  await waitUntil('the controller to go', async () => {
    const { items } = await fleet.client.list(ownPods, {
      labelSelector: 'app.kubernetes.io/name=gofleet-controller',
    });
    return items.length === 0;
  });
}

/** How many reviews the controller has answered. */
export async function reviews(fleet: Fleet): Promise<number> {
  const { metadata } = await podOf(fleet, 'controller');
  const text = await fleet.client.getText(`${ownPods}/${metadata.name}:8081/proxy/metrics`);
  const counts = [...text.matchAll(/^gofleet_admission_reviews_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
