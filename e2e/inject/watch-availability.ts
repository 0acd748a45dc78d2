import type { Shop } from './shop.ts';

/** Watches until it is told to stop; the fewest available pods that it saw. */
export function watchAvailability(shop: Shop): { stop(): Promise<number> } {
  let isStopped = false;
  let fewest = Number.POSITIVE_INFINITY;
  const watching = (async () => {
    while (!isStopped) {
      fewest = Math.min(fewest, (await shop.deployment()).status?.availableReplicas ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await watching;
      return fewest;
    },
  };
}
