import { inCluster } from '@gofleet/inject/in-cluster';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { parseSecretData, renderSecretData, renewCertificates } from '@gofleet/kube/webhook-certificates';
import { expect, test } from 'vitest';
import { addressInLab, startProxyInLab } from '../faults/proxy-in-lab.ts';
import { type Fleet, wish } from './fleet.ts';
import { kill, ownPods, podOf } from './own-pods.ts';
import type { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

const namespace = 'gofleet-system';
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const service = `/api/v1/namespaces/${namespace}/services/gofleet-webhook`;
const secretPath = `/api/v1/namespaces/${namespace}/secrets/gofleet-webhook-tls`;

type Template = KubeObject & {
  readonly spec: { readonly containers: readonly (KubeObject & { readonly env?: readonly object[] })[] };
};
type Source = KubeObject & { readonly spec: { readonly template: Template } };

const behind = { behind: 'true' };

const rolloutOf = ({ metadata }: KubeObject) => metadata.annotations?.[inCluster.rolloutAnnotation];

/** A second controller, whose way to the API server is the proxy's. */
async function startBehind({ client }: Fleet): Promise<void> {
  const { spec } = await client.get<Source>(`${deployments}/gofleet-controller`);
  const { metadata, spec: pod } = spec.template;
  const containers = pod.containers.map((each) => ({ ...each, env: [...(each.env ?? []), ...addressInLab] }));
  const template = { metadata: { labels: { ...metadata.labels, ...behind } }, spec: { ...pod, containers } };
  const name = 'gofleet-behind';
  await client.create(deployments, {
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: behind }, template },
  });
  await waitUntil('the second controller', async () => {
    const { status } = await client.get<KubeObject & { status?: { availableReplicas?: number } }>(
      `${deployments}/${name}`,
    );
    return status?.availableReplicas === 1;
  });
}

/** Has the API server ask one of the controllers, or any. */
async function ask(fleet: Fleet, which: 'any' | 'leader' | 'behind'): Promise<void> {
  const { client } = fleet;
  const leader = await leaderOf(fleet);
  const hash = which === 'leader' ? leader?.metadata.labels?.['pod-template-hash'] : null;
  const selector = { behind: which === 'behind' ? 'true' : null, 'pod-template-hash': hash };
  await client.patch(service, { spec: { selector } }, { type: 'merge' });
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const named = { labelSelector: 'kubernetes.io/service-name=gofleet-webhook' };
  await waitUntil('the endpoints', async () => {
    const { items } = await client.list<KubeObject & { endpoints?: readonly object[] }>(slices, named);
    const count = items.flatMap(({ endpoints }) => endpoints ?? []).length;
    return which === 'any' ? count > 0 : count === 1;
  });
}

const query = { labelSelector: 'app.kubernetes.io/name=gofleet-controller,!behind' };

async function leaderOf({ client }: Fleet): Promise<KubeObject | undefined> {
  const { items } = await client.list<
    KubeObject & { status: { conditions?: { type: string; status: string }[] } }
  >(ownPods, query);
  return items.find(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
}

/** Ends the connection that the API server has to it, too: it then asks whom the Service names. */
async function restartLeader(fleet: Fleet): Promise<void> {
  const before = await leaderOf(fleet);
  await fleet.client.delete(`${ownPods}/${before?.metadata.name}`, { gracePeriodSeconds: 0 });
  await waitUntil('its successor', async () => {
    const now = await leaderOf(fleet);
    return now !== undefined && now.metadata.uid !== before?.metadata.uid;
  });
}

/** Whichever led meanwhile. */
async function untilLed(fleet: Fleet): Promise<void> {
  const lease = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/gofleet-controller`;
  await waitUntil('the first controller to lead', async () => {
    const { spec } = await fleet.client.get<KubeObject & { spec?: { holderIdentity?: string } }>(lease);
    const name = (await leaderOf(fleet))?.metadata.name;
    return name !== undefined && spec?.holderIdentity?.startsWith(name);
  });
}

async function untilOn(shop: Shop, goVersion: string): Promise<string | undefined> {
  await waitUntil(
    `a pod on ${goVersion}`,
    async () => {
      const entries = await shop.judged();
      return (
        entries.length === 1 &&
        entries[0]?.phase === 'Verified' &&
        entries[0].running?.goVersion === goVersion
      );
    },
    {
      timeoutMs: 400_000,
      describe: async () => [await shop.judged(), (await shop.runtime()).status?.rollout],
    },
  );
  return rolloutOf((await shop.deployment()).spec.template);
}

/** More than one controller, and what they need. */
export function replicasStory({ fleet, openShop }: Stage): void {
  test('certificates that have ended are made anew, and pods get what is wished', async () => {
    const { client } = fleet();
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    const dnsNames = ['gofleet-webhook.gofleet-system.svc'];
    const longAgo = new Date(Date.now() - 20 * 365 * 86_400_000);
    const ended = renderSecretData(await renewCertificates(undefined, { dnsNames, now: longAgo }));
    await client.patch(secretPath, { data: ended }, { type: 'merge' });
    await kill(fleet(), 'controller');
    await podOf(fleet(), 'controller');
    const { data } = await client.get<KubeObject & { data: Record<string, string> }>(secretPath);
    expect(data['tls.crt']).not.toBe(ended['tls.crt']);
    expect(parseSecretData(data)).toBeDefined();
    await waitUntil('a pod to get it', async () => {
      const [pod] = await shop.pods();
      await client.delete(`/api/v1/namespaces/${shop.namespace}/pods/${pod?.metadata.name}`);
      await waitUntil('the next pod', async () => {
        const pods = await shop.pods();
        return pods.length === 1 && pods[0]?.metadata.uid !== pod?.metadata.uid;
      });
      return (await shop.injected()).join() === 'true';
    });
    await shop.unwish();
  });

  test('a controller that is cut off answers from memory: what it gets wrong is put right, and the API server is led to another one', async () => {
    const { client, lab } = fleet();
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    const first = await untilOn(shop, 'go1.23.4');
    const proxy = await startProxyInLab(lab, 7);
    try {
      await startBehind(fleet());
      await ask(fleet(), 'behind');
      await restartLeader(fleet());
      // From here on it hears of nothing, and does not lead.
      await proxy.use('half-open');
      await untilLed(fleet());
      await shop.patchWish({ runtime: { goVersion: '1.24.1' } });
      const wrong = await waitUntil('a pod with what was wished before', async () => {
        const template = rolloutOf((await shop.deployment()).spec.template);
        const pods = await shop.pods();
        const found = pods.find((pod) => template !== first && rolloutOf(pod) === template);
        return found?.metadata.annotations?.['gofleet.dev/injected'];
      });
      expect(wrong).toContain('go1.23.4');
      await ask(fleet(), 'leader');
      expect(await untilOn(shop, 'go1.24.1')).toMatch(/^go1\.24\.1@[0-9a-f]{12}\+\d+$/);
      const isComplete = async () => (await shop.runtime()).status?.rollout?.phase === 'Completed';
      await waitUntil('the roll-out to be complete', isComplete);
    } finally {
      await ask(fleet(), 'any');
      await client.delete(`${deployments}/gofleet-behind`, { propagationPolicy: 'Background' });
      await proxy.close();
    }
    await shop.unwish();
  });

  test('injected pods are evicted as any others: within their budget, and the next one has what is wished', async () => {
    const { client } = fleet();
    const shop = await openShop(2);
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 2);
    const pods = `/api/v1/namespaces/${shop.namespace}/pods`;
    await client.create(`/apis/policy/v1/namespaces/${shop.namespace}/poddisruptionbudgets`, {
      metadata: { name: 'one' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'present' } } },
    });
    const evict = ({ metadata: { name } }: KubeObject) =>
      client.create(`${pods}/${name}/eviction`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace: shop.namespace },
      });
    const before = await shop.pods();
    const [one, other] = before;
    if (!one || !other) throw new Error('two pods were expected');
    await waitUntil('the budget to be known', () =>
      evict(one).then(
        () => true,
        () => false,
      ),
    );
    await expect(evict(other)).rejects.toMatchObject({ code: 'kube.too-many-requests' });
    await shop.untilAvailable(2);
    await shop.untilPhase('Verified', 2);
    await waitUntil('the other to be evicted as well', () =>
      evict(other).then(
        () => true,
        () => false,
      ),
    );
    await shop.untilAvailable(2);
    await shop.untilPhase('Verified', 2);
    const now = (await shop.pods()).map(({ metadata }) => metadata.uid);
    expect(before.filter(({ metadata }) => now.includes(metadata.uid))).toEqual([]);
    await shop.unwish();
  });
}
