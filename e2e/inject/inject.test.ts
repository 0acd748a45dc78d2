import type { KubeObject } from '@gofleet/kube/kube-object';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildsStory } from './builds-story.ts';
import { checkoutStory } from './checkout-story.ts';
import { deliveryStory } from './delivery-story.ts';
import { type Fleet, startFleet, wish } from './fleet.ts';
import { hostileStory } from './hostile-story.ts';
import { moveStory } from './move-story.ts';
import { outageStory } from './outage-story.ts';
import { replicasStory } from './replicas-story.ts';
import { resizeStory } from './resize-story.ts';
import { rolloutStory } from './rollout-story.ts';
import { sandboxStory } from './sandbox-story.ts';
import { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { standingStory } from './standing-story.ts';
import { steeringStory } from './steering-story.ts';
import { toolchainStory } from './toolchain-story.ts';
import { tuningStory } from './tuning-story.ts';
import { waitUntil } from './wait-until.ts';
import { wishStory } from './wish-story.ts';

let fleet: Fleet;
let shops = 0;

beforeAll(async () => {
  fleet = await startFleet('e2e-inject');
});
afterAll(() => fleet?.end());

async function openShop(replicas = 1): Promise<Shop> {
  const shop = new Shop(fleet.client, `shop-${shops++}`);
  await shop.open(replicas);
  return shop;
}

const stage: Stage = { fleet: () => fleet, openShop };

moveStory(stage);
outageStory(stage);
replicasStory(stage);
wishStory(stage);
buildsStory(stage);
checkoutStory(stage);
// Judged by how long requests take.
rolloutStory(stage);

// Each in a namespace of its own, and mostly waiting.
describe.concurrent('side by side', () => {
  tuningStory(stage);
  toolchainStory(stage);
  sandboxStory(stage);
  describe('from a registry', { concurrent: false }, () => deliveryStory(stage));
  hostileStory(stage);
  standingStory(stage);
  steeringStory(stage);
  resizeStory(stage);
});

test('uninstall restores what is still injected and removes every trace', async () => {
  const shop = await openShop();
  await shop.wish(wish(shop.namespace, { rollout: { strategy: 'OnRestart' } }));
  await shop.untilPhase('Pending', 1);
  await shop.deploy('young', 1);
  await waitUntil('the injected pod', async () => (await shop.injected('young')).includes(true));
  await fleet.gofleet('uninstall');
  expect(await shop.injected('young')).toEqual([false]);
  const collections = [
    '/api/v1/namespaces',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    '/apis/storage.k8s.io/v1/csidrivers',
  ];
  for (const path of collections) {
    const { items } = await fleet.client.list<KubeObject>(path);
    expect(items.map(({ metadata }) => metadata.name).filter((name) => name.includes('gofleet'))).toEqual([]);
  }
});
