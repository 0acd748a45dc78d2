import { isSwitched, renderSwitches } from '@gofleet/inject/injection';
import type { ContainerCase, Judgement } from './judge-container.ts';
import { judge, judgeWaiting } from './judge-waiting.ts';

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
  if (wanted.join() !== told.join())
    return judgeWaiting(container, wanted.length === 0 ? 'what its author wrote' : wanted.join(' '), 'set');
  const { running } = container;
  const lost = told.find((each) => !running?.switches?.includes(each));
  if (lost !== undefined)
    return judge(
      'Ineffective',
      `${running?.path} began without ${lost} although it is set: something in the container changed it`,
    );
  return judge('Verified', `${judged.reason}; began with ${told.join(' ')}`);
}
