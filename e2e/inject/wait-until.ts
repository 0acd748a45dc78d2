import { setTimeout as sleep } from 'node:timers/promises';

/** The first answer of the probe that is neither false nor undefined; fails with the last answer of `describe`. */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  { timeoutMs = 180_000, describe }: { timeoutMs?: number; describe?: () => Promise<unknown> } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) {
      const state = describe === undefined ? '' : `: ${JSON.stringify(await describe(), null, 1)}`;
      throw new Error(`waited ${timeoutMs / 1000} s for ${what}${state}`);
    }
    await sleep(200);
  }
}
