import { reachesGrade } from '@gofleet/build/grade';
import type { GoBuild } from './go-build.ts';

/** What one who looks for work knows besides the builds. */
export interface Moment {
  readonly now: Date;
  /** Whether a claim was not renewed for as long as its lease, by the observer's own clock: clocks of nodes differ. */
  readonly isAbandoned: (build: GoBuild) => boolean;
}

/** Its evidence was too weak for those who wanted it, and somebody is content with it now. */
function isAcceptableNow({ spec, status }: GoBuild): boolean {
  const isWeak = status?.code === 'build.grade-too-low' && status.grade !== undefined;
  return isWeak && reachesGrade(status.grade, spec.minimumGrade);
}

/** Whether a build has still to be made: it waits, is worked on, or may be tried again. */
export function isOpen(build: GoBuild): boolean {
  const { spec, status, metadata } = build;
  if (spec.unwantedSince !== undefined || metadata.deletionTimestamp !== undefined) return false;
  return status?.phase === 'Failed' ? isAcceptableNow(build) : status?.phase !== 'Ready';
}

/** Whether an open build's next try is due. */
export function isDue({ status }: GoBuild, now: Date): boolean {
  return status?.nextAttemptAt === undefined || Date.parse(status.nextAttemptAt) <= now.getTime();
}

/** Whether somebody may begin it now. */
export function isClaimable(build: GoBuild, { now, isAbandoned }: Moment): boolean {
  if (!isOpen(build) || !isDue(build, now)) return false;
  return build.status?.claim === undefined || isAbandoned(build);
}

/**
 * When a build's turn is, in ms since 1970: the time that it was asked for, a minute earlier for each point of its priority. Both wait
 * at the same pace, so the order of two builds never changes and nothing waits for ever behind what comes later.
 */
export function turnOf({ metadata, spec }: GoBuild): number {
  return Date.parse(metadata.creationTimestamp ?? '') - spec.priority * 60_000;
}

/** The builds that may be begun now, the one whose turn it is first. */
export function claimableBuilds(builds: Iterable<GoBuild>, moment: Moment): GoBuild[] {
  return [...builds]
    .filter((build) => isClaimable(build, moment))
    .map((build) => ({ build, turn: turnOf(build) }))
    .sort((a, b) => a.turn - b.turn || (a.build.metadata.name < b.build.metadata.name ? -1 : 1))
    .map(({ build }) => build);
}
