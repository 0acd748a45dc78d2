import type { RunningFacts } from '@gofleet/inject/runtime-status';
import type { ContainerCase, Judgement } from './judge-container.ts';

export const judge = (phase: Judgement['phase'], reason: string): Judgement => ({ phase, reason });

/**
 * The phase of a container that does not have yet what it is to have.
 * @param what - in words
 * @param toBe - how it gets it: `is to be set`
 */
export function judgeWaiting(
  { waitsFor, isMissed }: Pick<ContainerCase, 'waitsFor' | 'isMissed'>,
  what: string,
  toBe: 'set' | 'mounted',
): Judgement {
  const why = waitsFor === undefined ? '' : `; ${waitsFor}`;
  if (isMissed) return judge('Ineffective', `started without ${what}: the webhook was not reached${why}`);
  return waitsFor === undefined
    ? judge('RollingOut', `will be replaced by a pod with ${what}`)
    : judge('Pending', `${what} is to be ${toBe}${why}`);
}

/** The phase of a container that has what was wished before; without `next` nothing is wished any more. */
export function judgeOutdated(stale: string, next: Judgement = judge('Pending', 'restart it')): Judgement {
  return judge(next.phase === 'Ineffective' ? 'Pending' : next.phase, `${stale}; ${next.reason}`);
}

/** Why something that a container runs cannot be moved: it lies in a mount of the pod. */
export function judgeOwnMount(path: string, ownMount: string, what: 'program' | 'library'): Judgement {
  return judge(
    'Failed',
    `${path} lies in the pod's own mount ${ownMount}: only what the image itself holds is moved; put the ${what} into the image`,
  );
}

/** A Go program runs, and nobody has told what it is: a node will, but for what images do not hold. */
export function judgeUnobserved(
  { ownMount }: Pick<ContainerCase, 'ownMount'>,
  { path, goVersion }: RunningFacts,
): Judgement {
  return ownMount === undefined
    ? judge('Observing', `${path} runs ${goVersion}; its build info is not reported yet`)
    : judgeOwnMount(path, ownMount, 'program');
}
