import { setTimeout as sleep } from 'node:timers/promises';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { renderDuration } from '@gofleet/base/units';

/** Something that becomes true after a while. */
export interface Awaited<T> {
  /** Completes the sentence `waiting for …`. */
  readonly what: string;
  readonly timeoutMs: number;
  /** The answer once it is there; `undefined` or an error that can be retried until then. */
  readonly probe: () => Promise<T | undefined>;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
  readonly hint?: string;
}

async function attempt<T>({ probe }: Awaited<T>): Promise<{ value: T | undefined; problem: unknown }> {
  try {
    return { value: await probe(), problem: undefined };
  } catch (problem) {
    if (isGofleetError(problem) && problem.code !== 'kube.not-found' && problem.retry === 'never')
      throw problem;
    return { value: undefined, problem };
  }
}

/**
 * The answer of the probe as soon as there is one.
 * @throws `cli.timeout` with the last problem as its cause
 */
export async function waitFor<T>(awaited: Awaited<T>): Promise<T> {
  const { what, timeoutMs, everyMs = 250, signal, hint } = awaited;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const { value, problem } = await attempt(awaited);
    if (value !== undefined) return value;
    if (performance.now() > deadline) {
      throw new GofleetError('cli.timeout', `waited ${renderDuration(timeoutMs)} for ${what}`, {
        cause: problem,
        retry: 'later',
        ...(hint === undefined ? {} : { hint }),
      });
    }
    await sleep(everyMs);
  }
}
