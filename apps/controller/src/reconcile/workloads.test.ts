import { inCluster } from '@gofleet/inject/in-cluster';
import { rolloutOf } from '@gofleet/inject/plan-rollout';
import { createKubeClient } from '@gofleet/kube/client';
import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { sendJson, startFakeApiServer } from '@gofleet/testkit/fake-api-server';
import { afterEach, expect, test } from 'vitest';
import type { Pod } from '../state/pod.ts';
import { describeWorkload, type Workload, Workloads } from './workloads.ts';

const ours = inCluster.rolloutAnnotation;
const deployment = '/apis/apps/v1/namespaces/shop/deployments/manager';
const version = '/apis/operators.coreos.com/v1alpha1/namespaces/shop/clusterserviceversions/queue.v1';

const makeTemplate = (value?: string) => ({
  metadata: { labels: { app: 'queue' }, ...(value === undefined ? {} : { annotations: { [ours]: value } }) },
  spec: { containers: [{ name: 'manager', image: 'example.com/queue:1' }] },
});

const makeDeployment = (value?: string) => ({
  metadata: {
    ...{ name: 'manager', namespace: 'shop' },
    ownerReferences: [
      {
        ...{ apiVersion: 'operators.coreos.com/v1alpha1', kind: 'ClusterServiceVersion', name: 'queue.v1' },
        ...{ uid: 'v', controller: false },
      },
    ],
  },
  spec: { template: makeTemplate(value) },
});

const makeVersion = (value?: string) => ({
  metadata: { name: 'queue.v1', namespace: 'shop' },
  spec: {
    install: { spec: { deployments: [{ name: 'manager', spec: { template: makeTemplate(value) } }] } },
  },
  status: { phase: 'Succeeded' },
});

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'manager-1', uid: 'r', controller: true };
const pod: Pod = {
  metadata: { name: 'manager-1-a', namespace: 'shop', uid: 'p', ownerReferences: [owner] },
  spec: { containers: [] },
};
const replicaSet = {
  metadata: { name: 'manager-1', ownerReferences: [{ ...owner, kind: 'Deployment', name: 'manager' }] },
};

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A cluster with these objects; `written` are the paths of what was patched. */
async function start(objects: Record<string, object>) {
  const known: Record<string, object> = {
    '/apis/apps/v1/namespaces/shop/replicasets/manager-1': replicaSet,
    ...objects,
  };
  const written: string[] = [];
  const server = await startFakeApiServer(({ method, path, headers, body }, response) => {
    const plural = path.split('/').at(-1);
    if (plural === 'deployments')
      return sendJson(response, { metadata: {}, items: known[deployment] ? [known[deployment]] : [] });
    if (plural === 'statefulsets' || plural === 'daemonsets')
      return sendJson(response, { metadata: {}, items: [] });
    const object = known[path];
    if (!object) return sendJson(response, { reason: 'NotFound' }, 404);
    if (method === 'PATCH') {
      written.push(path);
      if (headers['content-type'] === 'application/json-patch+json')
        known[path] = applyJsonPatch(object, JSON.parse(body));
    }
    sendJson(response, known[path]);
  });
  const client = createKubeClient({ server: server.url, authorization: async () => undefined });
  close = async () => {
    await client.close();
    await server.close();
  };
  const workloads = new Workloads(client);
  const read = async (): Promise<Workload> => {
    const found = (await workloads.ownersOf([pod])).get(pod.metadata.name);
    if (!found) throw new Error('no workload');
    return found;
  };
  return { workloads, read, written };
}

test('where OLM writes the template, OLM is told, and what it was told counts at once', async () => {
  const { workloads, read, written } = await start({
    [deployment]: makeDeployment(),
    [version]: makeVersion(),
  });
  await workloads.annotate(await read(), 'a');
  expect(written).toEqual([version]);
  const rolling = await read();
  expect(rolloutOf(rolling.template)).toBe('a');
  expect(describeWorkload(rolling)).toBe(
    'Deployment manager (managed by OLM: ClusterServiceVersion queue.v1 (Succeeded) says otherwise than its Deployment: OLM has to act)',
  );
  expect((await workloads.annotated('shop')).map(({ name }) => name)).toEqual(['manager']);
  await workloads.annotate(rolling, null);
  expect(written).toEqual([version, version]);
  expect(await workloads.annotated('shop')).toEqual([]);
});

test('an annotation that only the Deployment carries is removed there', async () => {
  const { workloads, read, written } = await start({
    [deployment]: makeDeployment('a'),
    [version]: makeVersion(),
  });
  await workloads.annotate(await read(), null);
  expect(written).toEqual([deployment]);
});

test('the Deployment itself is rolled when its ClusterServiceVersion is gone', async () => {
  const { workloads, read, written } = await start({ [deployment]: makeDeployment() });
  const workload = await read();
  await workloads.annotate(workload, 'a');
  expect(written).toEqual([deployment]);
  expect(describeWorkload(workload)).toBe('Deployment manager');
});
