import { inCluster } from '@gofleet/inject/in-cluster';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fleet, firstBuildMs, startFleet, tellingImage, wish } from '../inject/fleet.ts';
import { Shop } from '../inject/shop.ts';
import { waitUntil } from '../inject/wait-until.ts';
import { startOlm } from './real-olm.ts';

interface ServiceVersion extends KubeObject {
  readonly spec: {
    readonly install: {
      readonly spec: { readonly deployments: readonly { spec: { template: KubeObject } }[] };
    };
  };
  readonly status?: { readonly phase?: string; readonly message?: string };
}

const ours = inCluster.rolloutAnnotation;
let fleet: Fleet;
let shop: Shop;
let olm: { readonly ended?: string };

beforeAll(async () => {
  fleet = await startFleet('e2e-olm');
  olm = await startOlm(fleet.lab.name);
  shop = new Shop(fleet.client, 'queue');
  await fleet.client.create('/api/v1/namespaces', { metadata: { name: shop.namespace } });
  await fleet.client.create(`/apis/operators.coreos.com/v1/namespaces/${shop.namespace}/operatorgroups`, {
    ...{ apiVersion: 'operators.coreos.com/v1', kind: 'OperatorGroup', metadata: { name: 'queue' } },
    spec: { targetNamespaces: [shop.namespace] },
  });
}, firstBuildMs);
afterAll(() => fleet?.end());

const versions = (): string =>
  `/apis/operators.coreos.com/v1alpha1/namespaces/${shop.namespace}/clusterserviceversions`;

/** As a bundle of an operator brings it; `replaces` is the one that it takes over from. */
function makeVersion(minor: number, replaces?: string): object {
  const labels = { app: 'present', deployment: 'present' };
  const container = { name: 'manager', image: tellingImage, imagePullPolicy: 'IfNotPresent' };
  const env = [{ name: 'QUEUE', value: `1.${minor}` }];
  return {
    apiVersion: 'operators.coreos.com/v1alpha1',
    kind: 'ClusterServiceVersion',
    metadata: { name: `queue.v1.${minor}.0` },
    spec: {
      ...{ displayName: 'Queue', version: `1.${minor}.0`, ...(replaces === undefined ? {} : { replaces }) },
      installModes: ['OwnNamespace', 'SingleNamespace', 'MultiNamespace', 'AllNamespaces'].map((type) => ({
        ...{ type, supported: type === 'OwnNamespace' },
      })),
      install: {
        strategy: 'deployment',
        spec: {
          deployments: [
            {
              name: 'present',
              spec: {
                replicas: 2,
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { containers: [{ ...container, env }] } },
              },
            },
          ],
        },
      },
    },
  };
}

const version = (name: string): Promise<ServiceVersion> => fleet.client.get(`${versions()}/${name}`);

async function untilSucceeded(name: string): Promise<ServiceVersion> {
  const succeeded = await waitUntil(
    `${name} to succeed`,
    async () => {
      const found = await version(name);
      return found.status?.phase === 'Succeeded' && found;
    },
    { describe: async () => ({ ...(await version(name)).status, ...olm }) },
  );
  await shop.untilAvailable(2);
  return succeeded;
}

async function replicaSets(): Promise<readonly string[]> {
  const { items } = await fleet.client.list<KubeObject>(
    `/apis/apps/v1/namespaces/${shop.namespace}/replicasets`,
  );
  return items.map(({ metadata }) => metadata.name);
}

async function messages(reason: string): Promise<readonly string[]> {
  const { items } = await fleet.client.list<KubeObject & { reason: string; message: string }>(
    `/api/v1/namespaces/${shop.namespace}/events`,
  );
  return items.filter((event) => event.reason === reason).map(({ message }) => message);
}

const godebug = (): Parameters<Shop['wish']>[0] =>
  wish(shop.namespace, { mode: 'godebug', runtime: { goVersion: '>=1.19' }, godebug: { gcPercent: '50' } });

test('OLM rolls its Deployment once, for the wish, and back to exactly what it was', async () => {
  await fleet.client.create(versions(), makeVersion(1));
  const author = (await untilSucceeded('queue.v1.1.0')).spec;
  const before = (await shop.deployment()).spec;

  await shop.wish(godebug());
  const [entry] = await shop.untilPhase('Verified', 2);
  expect(entry?.reason).toContain('managed by OLM: ClusterServiceVersion queue.v1.1.0');
  const [deployment] = (await untilSucceeded('queue.v1.1.0')).spec.install.spec.deployments;
  const value = deployment?.spec.template.metadata.annotations?.[ours];
  expect(value).toMatch(/^go1\.22\.5@/);
  const rolled = await shop.deployment();
  expect(rolled.spec.template.metadata.annotations?.[ours]).toBe(value);
  expect(await messages('RollingOut')).toEqual([
    `rolls Deployment present (managed by OLM: ClusterServiceVersion queue.v1.1.0) with ${value}`,
  ]);
  const sets = await replicaSets();
  expect(sets).toHaveLength(2);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  expect((await shop.deployment()).metadata.generation).toBe(rolled.metadata.generation);

  await shop.unwish();
  expect(await shop.injected()).toEqual([false, false]);
  expect((await untilSucceeded('queue.v1.1.0')).spec).toEqual(author);
  expect((await shop.deployment()).spec).toEqual(before);
  expect(await replicaSets()).toEqual(sets);
});

test('an upgrade keeps the wish, whose end leaves the new version as its author wrote it', async () => {
  await shop.wish(godebug());
  await shop.untilPhase('Verified', 2);
  await fleet.client.create(versions(), makeVersion(2, 'queue.v1.1.0'));
  const author = (await untilSucceeded('queue.v1.2.0')).spec;
  await waitUntil('the version before to go', async () => {
    const { items } = await fleet.client.list<ServiceVersion>(versions());
    return items.length === 1;
  });
  const entries = await shop.untilPhase('Verified', 2);
  expect(entries[0]?.reason).toContain('managed by OLM: ClusterServiceVersion queue.v1.2.0');
  expect(await shop.injected()).toEqual([true, true]);
  expect((await version('queue.v1.2.0')).spec).toEqual(author);

  await shop.unwish();
  expect(await shop.injected()).not.toContain(true);
  expect((await untilSucceeded('queue.v1.2.0')).spec).toEqual(author);
  expect((await shop.deployment()).spec.template.metadata.annotations?.[ours]).toBeUndefined();
});
