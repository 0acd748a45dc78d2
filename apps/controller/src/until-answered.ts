import { setTimeout as sleep } from 'node:timers/promises';
import { errorToJson, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';

/**
 * What the API server answers, asked again until it does: a process that ended instead would be started later and later.
 * @throws what the signal was aborted with
 */
export async function untilAnswered<T>(
  what: string,
  ask: () => Promise<T>,
  options: { readonly log: Log; readonly signal: AbortSignal; readonly everyMs?: number },
): Promise<T> {
  const { log, signal, everyMs = 2000 } = options;
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      log('warn', `${what}: no answer yet`, { error: errorToJson(toGofleetError(thrown)) });
      await sleep(everyMs, undefined, { signal });
    }
  }
}
