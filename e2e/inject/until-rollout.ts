import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { RolloutStatus } from '@gofleet/inject/rollout-status';
import type { Shop } from './shop.ts';
import { waitUntil } from './wait-until.ts';

/** The wish of a shop once its roll-out is as it is meant to be. */
export function untilRollout(
  shop: Shop,
  what: string,
  isMeant: (rollout: RolloutStatus, runtime: GoRuntime) => boolean,
): Promise<GoRuntime> {
  return waitUntil(
    what,
    async () => {
      const runtime = await shop.runtime();
      const { rollout } = runtime.status ?? {};
      return rollout && isMeant(rollout, runtime) ? runtime : undefined;
    },
    { timeoutMs: 240_000, describe: async () => (await shop.runtime()).status },
  );
}
