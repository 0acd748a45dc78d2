import type { GoBuild } from '@gofleet/inject/builds';
import type { Event } from '@gofleet/kube/events';

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
  if (status === undefined || (status.phase === before?.phase && status.attempts === before.attempts))
    return undefined;
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
