import { isSwitched, renderSwitches } from '@gofleet/inject/go-runtime';
import type { ContainerCase, Judgement } from './judge-container.ts';

function judgeMissing({ waitsFor, isMissed }: ContainerCase, wanted: readonly string[]): Judgement {
  const what = wanted.length === 0 ? 'what its author wrote' : wanted.join(' ');
  const why = waitsFor === undefined ? '' : `; ${waitsFor}`;
  if (isMissed)
    return { phase: 'Ineffective', reason: `started without ${what}: the webhook was not reached${why}` };
  return waitsFor === undefined
    ? { phase: 'RollingOut', reason: `will be replaced by a pod with ${what}` }
    : { phase: 'Pending', reason: `${what} is to be set${why}` };
}

/** A judgement that is good so far, held against what the operator was to be told and what its process began with. */
export function judgeSwitches(container: ContainerCase, judged: Judgement): Judgement {
  const [wanted, told] = [container.wanted, container.injections].map((all) =>
    renderSwitches(all.find(isSwitched)),
  );
  // The wish that decides for the container speaks for it.
  if (container.claimedBy !== undefined) return judged;
  const isGood = judged.phase === 'Verified' || judged.phase === 'Skipped';
  if (!wanted || !told || !isGood) return judged;
  if (wanted.length === 0 && told.length === 0) return judged;
  if (wanted.join() !== told.join()) return judgeMissing(container, wanted);
  const { running } = container;
  const lost = told.find((each) => !running?.switches?.includes(each));
  if (lost !== undefined)
    return {
      phase: 'Ineffective',
      reason: `${running?.path} began without ${lost} although it is set: something in the container changed it`,
    };
  return { phase: 'Verified', reason: `${judged.reason}; began with ${told.join(' ')}` };
}
