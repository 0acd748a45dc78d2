import { setTimeout as sleep } from 'node:timers/promises';
import { isGofleetError } from '@gofleet/base/errors';

const passing = /^kube\.(?:unreachable|unavailable|too-many-requests|conflict|gone|forbidden|unauthorized)$/;

/** Asks again while the cluster cannot answer; what it says for good is thrown, absence is `undefined` for a deletion. */
export async function persist<T>(ask: () => Promise<T>, timeoutMs = 120_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      const isPassing = isGofleetError(thrown) && passing.test(thrown.code);
      if (!isPassing || performance.now() > deadline) throw thrown;
      await sleep(500);
    }
  }
}
