import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks every `everyMs` until the answer is something, and gives it; `undefined` when `timeoutMs` have passed.
 *
 * @throws whatever `signal` was aborted with
 */
export async function waitUntil<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  limits: { timeoutMs: number; everyMs?: number; signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const end = performance.now() + limits.timeoutMs;
  for (;;) {
    limits.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) return undefined;
    await sleep(limits.everyMs ?? 50);
  }
}
