import type { GoBuild } from '@gofleet/inject/builds';
import type { Event } from '@gofleet/kube/events';

/** What does not happen after a build has ended well. */
const setbacks = { Attested: 'NotAttested', Published: 'NotPublished' } as const;

function setbackOf(build: GoBuild, previous: GoBuild | undefined): Event | undefined {
  for (const [type, reason] of Object.entries(setbacks)) {
    const [now, before] = [build, previous].map((each) =>
      each?.status?.conditions?.find((condition) => condition.type === type),
    );
    if (now?.status === 'False' && (before?.status !== 'False' || before.message !== now.message))
      return { type: 'Warning', reason, message: now.message };
  }
  return undefined;
}

/** What happened to a build between two versions of it, for people who look at it. */
export function eventOfBuild(build: GoBuild, previous: GoBuild | undefined): Event | undefined {
  const [status, before] = [build.status, previous?.status];
  const { message = '' } = status ?? {};
  if (
    before?.claim !== undefined &&
    status?.claim !== undefined &&
    status.claim.acquiredAt !== before.claim.acquiredAt
  )
    return {
      type: 'Warning',
      reason: 'WorkerLost',
      message: `${before.claim.holder} did not renew its claim; ${status.claim.holder} takes over`,
    };
  if (status === undefined) return undefined;
  if (status.phase === before?.phase && status.attempts === before.attempts)
    return setbackOf(build, previous);
  if (status.phase === 'Proving' && status.attempts !== before?.attempts)
    return {
      type: 'Normal',
      reason: 'Started',
      message: `${status.worker} begins, attempt ${status.attempts}`,
    };
  if (status.phase === 'Ready')
    return {
      type: 'Normal',
      reason: 'Built',
      message: `${status.grade}: artefact ${status.artefact?.sha256}`,
    };
  if (status.phase === 'Failed') return { type: 'Warning', reason: 'Failed', message };
  if (status.phase === 'Queued' && before !== undefined)
    return { type: status.code === undefined ? 'Normal' : 'Warning', reason: 'Requeued', message };
  return undefined;
}
