import type { KubeObject } from '@gofleet/kube/kube-object';
import { expect, test } from 'vitest';
import { image, wish } from './fleet.ts';
import type { Pod } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

const labels = { app: 'present' };
const spec = { containers: [{ name: 'present', image, imagePullPolicy: 'IfNotPresent' }] };
const barePod = { metadata: { name: 'bare', labels }, spec: { ...spec, terminationGracePeriodSeconds: 1 } };
const job = (name: string) => ({
  ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name } },
  spec: { template: { metadata: { labels }, spec: { ...spec, restartPolicy: 'Never' } } },
});

/** Pods that no roll-out reaches. */
export function standingStory({ fleet, openShop }: Stage): void {
  test('a bare pod and a Job keep what they run, with the reason and the next step; the next ones get what is wished', async () => {
    const shop = await openShop();
    await shop.client.delete(shop.deploymentPath());
    await waitUntil('no pod', async () => (await shop.pods()).length === 0);
    const pods = `/api/v1/namespaces/${shop.namespace}/pods`;
    const jobs = `/apis/batch/v1/namespaces/${shop.namespace}/jobs`;
    const all = async (): Promise<readonly Pod[]> => (await shop.client.list<Pod>(pods)).items;
    await shop.client.create(pods, barePod);
    await shop.client.create(jobs, job('first'));
    await shop.wish(wish(shop.namespace));

    const waiting = await shop.untilPhase('Pending', 2);
    const nameOfJobs = waiting.find(({ pod }) => pod !== 'bare')?.pod ?? '';
    const reasons = waiting.map(({ reason }) => reason).sort();
    expect(reasons[0]).toContain(`Job first runs to its end as it is, and its next pod gets it`);
    expect(reasons[0]).toContain(`"kubectl delete pod ${nameOfJobs} -n ${shop.namespace}"`);
    expect(reasons[1]).toContain(
      `nothing replaces a bare pod: "kubectl delete pod bare -n ${shop.namespace}"`,
    );
    const rolledOut = await waitUntil('the condition', async () => {
      const { conditions } = (await shop.runtime()).status ?? {};
      return conditions?.find(({ type, reason }) => type === 'RolledOut' && reason === 'WaitsForRestart');
    });
    expect(rolledOut.status).toBe('False');
    const steered = await fleet().gofleet('rollout', 'resume', 'present', '-n', shop.namespace);
    expect(steered).toContain('pods that no roll-out reaches:\n  bare: nothing replaces a bare pod');
    await expect(fleet().gofleet('rollout', 'retry', 'job/first', '-n', shop.namespace)).rejects.toThrow(
      /expected the name of a GoRuntime, found a job/,
    );
    const before = (await all()).map(({ metadata }) => metadata.uid).sort();

    await shop.client.create(jobs, job('second'));
    await shop.client.delete(`${pods}/bare`);
    await waitUntil(
      'the bare pod to go',
      async () => !(await all()).some(({ metadata }) => metadata.name === 'bare'),
    );
    await shop.client.create(pods, barePod);
    await waitUntil('both new pods to be verified', async () => {
      const done = (await shop.judged()).filter(({ phase }) => phase === 'Verified');
      return done.length === 2 && done.every(({ pod }) => pod !== nameOfJobs);
    });
    const left = (await all()).filter(({ metadata }) => before.includes(metadata.uid));
    expect(left.map(({ metadata }) => metadata.name)).toEqual([nameOfJobs]);
    expect(left[0]?.status?.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 0 });
    await shop.unwish();
    expect(
      (await shop.client.get<KubeObject>(`${pods}/${nameOfJobs}`)).metadata.deletionTimestamp,
    ).toBeUndefined();
  });
}
