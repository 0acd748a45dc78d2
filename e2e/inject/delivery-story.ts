import { type GoBuild, goBuildsPath } from '@gofleet/inject/builds';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { startRegistryInLab } from 'gofleet/demo/registry-in-lab';
import { expect, test } from 'vitest';
import { type Fleet, wish } from './fleet.ts';
import { enforceRestricted, restricted, restrictedStory } from './restricted-story.ts';
import type { Pod, Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

interface StartedPod extends KubeObject {
  readonly spec: Pod['spec'] & {
    readonly containers: readonly { readonly command?: readonly string[] }[];
    readonly initContainers?: readonly { readonly name: string; readonly image: string }[];
  };
}

const { command } = restricted.container;

/** A shop whose namespace enforces Pod Security `restricted`. */
async function openStrictShop(open: () => Promise<Shop>): Promise<Shop> {
  const shop = await open();
  await shop.client.delete(shop.deploymentPath());
  await enforceRestricted(shop);
  // So that there is one pod at a time.
  await shop.deploy('strict', 1, { ...restricted, surge: 0 });
  await shop.untilAvailable(1, 'strict');
  return shop;
}

async function strictPod(shop: Shop): Promise<StartedPod | undefined> {
  return (await shop.pods('strict'))[0] as StartedPod | undefined;
}

/** Deletes the pod, and waits for the one that follows. */
async function replacePod(shop: Shop): Promise<void> {
  const name = (await strictPod(shop))?.metadata.name;
  await shop.client.delete(`/api/v1/namespaces/${shop.namespace}/pods/${name}`);
  await waitUntil('the pod after it', async () => {
    const pod = await strictPod(shop);
    return pod !== undefined && pod.metadata.name !== name;
  });
}

const publishedOf = ({ status }: GoBuild) => status?.conditions?.find(({ type }) => type === 'Published');

/** The path that the pod of now runs from; what is known of the pod before it may still be there. */
async function deliveredBy(shop: Shop, delivery: string): Promise<string | undefined> {
  const pod = (await strictPod(shop))?.metadata.name;
  const entry = await waitUntil(
    `${pod} to be verified`,
    async () => (await shop.judged()).find((each) => each.pod === pod && each.phase === 'Verified'),
    { timeoutMs: 400_000, describe: () => shop.judged() },
  );
  expect(entry.running?.goVersion).toBe('go1.23.4');
  expect(entry.delivered?.delivery).toBe(delivery);
  return entry.running?.path;
}

/** The registry's refusal of a build that was ready before. */
async function untilRefused({ client }: Fleet): Promise<void> {
  const { metadata, status } = await waitUntil('the refused push to be told', async () => {
    const { items } = await client.list<GoBuild>(goBuildsPath);
    return items.find((build) => publishedOf(build)?.status === 'False');
  });
  expect(status?.phase).toBe('Ready');
  const events = '/api/v1/namespaces/default/events';
  const event = await waitUntil('its event', async () => {
    const { items } = await client.list<
      KubeObject & { reason: string; message: string; involvedObject: { uid?: string } }
    >(events);
    return items.find(
      ({ reason, involvedObject }) => reason === 'NotPublished' && involvedObject.uid === metadata.uid,
    );
  });
  expect(event.message).toMatch(/^oci\.registry-unauthorised: /);
}

/** Deliveries that take artefacts from a registry: run where gofleet is installed. */
export function deliveryStory(stage: Stage): void {
  const { fleet, openShop } = stage;
  let known: object | undefined;
  test('deliveries copy and image, from a registry with TLS and a password, under Pod Security "restricted"', async () => {
    const { client } = fleet();
    const { registry, login, staleLogin } = await startRegistryInLab(fleet());
    known = login;
    for (const each of [login, staleLogin])
      await client.create('/api/v1/namespaces/gofleet-system/secrets', each);
    const push = ['--push', `docker://${registry}/fleet`, '--push-secret'];
    await fleet().install(...push, 'stale-login');
    await untilRefused(fleet());
    await fleet().install(...push, 'login');
    const shop = await openStrictShop(openShop);

    await shop.wish(wish(shop.namespace, { delivery: 'copy' }));
    // The pod names a secret that is not there yet.
    await waitUntil(
      'the refused pull to be told',
      async () => {
        const entries = await shop.judged();
        return entries.some(({ reason = '' }) => /gofleet-0 .*(ErrImagePull|ImagePullBackOff)/.test(reason));
      },
      { timeoutMs: 200_000, describe: async () => (await shop.runtime()).status },
    );
    await client.create(`/api/v1/namespaces/${shop.namespace}/secrets`, login);
    // kubelet tries again by itself, but only after up to five minutes.
    await replacePod(shop);
    expect(await deliveredBy(shop, 'copy')).toBe('/present');
    const copied = await strictPod(shop);
    expect(copied?.spec.initContainers?.[0]?.image).toMatch(
      new RegExp(`^${registry}/fleet@sha256:[0-9a-f]{64}$`),
    );
    expect(copied?.spec.containers[0]?.command).toEqual(command);
    await waitUntil('the attestation to refer to it', async () => {
      const { items } = await client.list<GoBuild>(goBuildsPath);
      const pulled = copied?.spec.initContainers?.[0]?.image;
      const build = items.find(({ status }) => status?.artefact?.image === pulled);
      return build?.status?.attestation?.image?.startsWith(`${registry}/fleet@sha256:`);
    });

    await shop.patchWish({ delivery: 'image' });
    await replacePod(shop);
    expect(await deliveredBy(shop, 'image')).toBe('/gofleet-0/present');
    const mounted = await strictPod(shop);
    expect(mounted?.spec.initContainers).toBeUndefined();
    expect(mounted?.spec.containers[0]?.command).toEqual(['/gofleet-0/present', ...command.slice(1)]);

    await shop.unwish();
    expect(await shop.injected('strict')).toEqual([false]);
    expect((await strictPod(shop))?.spec.containers[0]?.command).toEqual(command);
  });

  restrictedStory(stage, () => known ?? {});
}
