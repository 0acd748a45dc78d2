import type { GoRuntime } from '../go-runtime.ts';
import { inCluster } from '../in-cluster.ts';
import { acceptedOf } from './effective-runtime.ts';
import { type Revision, revisionOf } from './revision.ts';
import { rolloutDefaults } from './rollout-spec.ts';
import type { LeftPods, RolledWorkload, RolloutStatus } from './rollout-status.ts';
import { waveSizes } from './wave-sizes.ts';

/** What a roll-out has to know of a workload. */
export interface WorkloadFacts {
  /** `Deployment/cart`. */
  readonly workload: string;
  readonly pods: number;
  /** Its pods are to be replaced to get what the wish means now. */
  readonly isBehind: boolean;
  /** Every pod has it, was verified and is ready. */
  readonly isDone: boolean;
  /** Nothing that it needs is still being observed or built. */
  readonly isSettled: boolean;
  /** In words, when it is not done: what is not. */
  readonly lacks?: string;
  /** Why it does not replace its pods now: paused, or held by a budget. Such a workload is late without being wrong. */
  readonly waitsFor?: string;
  /** Those of its pods that its own partition leaves as they are; the other facts are of the rest. */
  readonly left?: LeftPods;
}

/** What the gate says of the current wave. */
export type Verdict =
  | { readonly outcome: 'passed'; readonly notes?: readonly string[] }
  | { readonly outcome: 'waits'; readonly notes: readonly string[] }
  | { readonly outcome: 'regressed'; readonly evidence: readonly string[] };

export interface WaveSituation {
  readonly runtime: GoRuntime;
  readonly workloads: readonly WorkloadFacts[];
  /** RFC 3339. */
  readonly now: string;
  /** The wish is built, and for pods that no roll-out reaches; with no workload there is then nothing to wait for. */
  readonly isForStanding?: boolean;
  /** Absent when nothing was asked. */
  readonly verdict?: Verdict;
}

const seconds = (from: string | undefined, to: string): number =>
  from === undefined ? 0 : (Date.parse(to) - Date.parse(from)) / 1000;

function annotation({ metadata }: GoRuntime, name: string): string | undefined {
  return metadata.annotations?.[name];
}

/** Whether what is recorded is about another wish than now, or is to be tried again. */
function isOver(runtime: GoRuntime, rollout: RolloutStatus, to: Revision): boolean {
  if (rollout.to.id !== to.id) return true;
  const isUndone = annotation(runtime, inCluster.undoAnnotation) === to.id;
  if (rollout.phase === 'Undone') return !isUndone;
  if (rollout.phase !== 'Regressed') return false;
  const isAskedAgain = annotation(runtime, inCluster.retryAnnotation) !== rollout.retry;
  return isAskedAgain || rollout.judgedGeneration !== runtime.metadata.generation;
}

function begin(runtime: GoRuntime, before: RolloutStatus | undefined, to: Revision): RolloutStatus {
  const from = acceptedOf(before);
  const retry = annotation(runtime, inCluster.retryAnnotation);
  return {
    phase: 'Progressing',
    ...(from === undefined ? {} : { from }),
    to,
    ...(retry === undefined ? {} : { retry }),
    ...{ wave: 0, waves: 0 },
  };
}

function complete({ from, to, retry, wave, waves, notes }: RolloutStatus): RolloutStatus {
  return {
    phase: 'Completed',
    ...(from === undefined ? {} : { from }),
    to,
    ...(retry === undefined ? {} : { retry }),
    ...{ wave, waves },
    ...(notes === undefined ? {} : { notes }),
  };
}

function stop(
  rollout: RolloutStatus,
  { runtime }: WaveSituation,
  evidence: readonly string[],
): RolloutStatus {
  const { generation } = runtime.metadata;
  const { workloads: _, notes: __, ...kept } = unwatched(rollout);
  return {
    ...kept,
    phase: 'Regressed',
    evidence: evidence.slice(0, 20),
    ...(generation === undefined ? {} : { judgedGeneration: generation }),
  };
}

/** What it is before its wave, or what its wave has become, is watched. */
function unwatched({ watchedSince: _, passedAt: __, ...rollout }: RolloutStatus): RolloutStatus {
  return rollout;
}

/** Fewest pods first: the least is at stake. */
function bySize(a: WorkloadFacts, b: WorkloadFacts): number {
  return a.pods - b.pods || (a.workload < b.workload ? -1 : 1);
}

interface Sets {
  /** Those that have begun and are still there. */
  readonly begun: readonly RolledWorkload[];
  /** Those that are still to begin, in their order. */
  readonly waiting: readonly WorkloadFacts[];
  readonly factsOf: ReadonlyMap<string, WorkloadFacts>;
}

function setsOf(rollout: RolloutStatus, workloads: readonly WorkloadFacts[]): Sets {
  const factsOf = new Map(workloads.map((facts) => [facts.workload, facts]));
  const begun = (rollout.workloads ?? []).filter(({ workload }) => factsOf.has(workload));
  const listed = new Set(begun.map(({ workload }) => workload));
  const waiting = workloads
    .filter(({ workload, isBehind, isSettled, waitsFor }) => {
      return !listed.has(workload) && waitsFor === undefined && (isBehind || !isSettled);
    })
    .sort(bySize);
  return { begun, waiting, factsOf };
}

/** What is recorded of those that have begun, as they are now. One whose partition was lowered is a step of the wave that is under way. */
function follow(
  rollout: RolloutStatus,
  workloads: readonly WorkloadFacts[],
  { now }: WaveSituation,
): RolloutStatus {
  const factsOf = new Map(workloads.map((facts) => [facts.workload, facts]));
  let isLowered = false;
  const followed = rollout.workloads?.map((entry): RolledWorkload => {
    const facts = factsOf.get(entry.workload);
    if (!facts || (facts.left?.pods === entry.left?.pods && facts.left?.revision === entry.left?.revision))
      return entry;
    const { left: known, start, ...kept } = entry;
    const next = facts.left === undefined ? kept : { ...kept, left: facts.left };
    if ((facts.left?.pods ?? 0) >= (known?.pods ?? 0)) return start ? { ...next, start } : next;
    isLowered = true;
    return { ...next, wave: rollout.wave };
  });
  if (followed === undefined) return rollout;
  if (!isLowered) return { ...rollout, workloads: followed };
  return { ...unwatched(rollout), workloads: followed, waveStartedAt: now };
}

/** Lets as many workloads begin as the wave has room for. */
function fill(rollout: RolloutStatus, sets: Sets, { runtime, now }: WaveSituation): RolloutStatus {
  const { begun, waiting } = sets;
  const sizes = waveSizes(
    runtime.spec.rollout?.waves ?? rolloutDefaults.waves,
    begun.length + waiting.length,
  );
  const wave = Math.max(1, rollout.wave);
  const waves = Math.max(wave, sizes.length);
  // After workloads have gone, a wave further on may be the first that has room.
  const room = (sizes[wave - 1] ?? begun.length + waiting.length) - begun.length;
  const next = waiting.filter(({ isBehind, isSettled }) => isBehind && isSettled).slice(0, Math.max(0, room));
  const beginning = next.map(
    ({ workload, left }): RolledWorkload => ({ workload, wave, ...(left === undefined ? {} : { left }) }),
  );
  const workloads = [...begun, ...beginning];
  if (next.length === 0) return { ...rollout, wave, waves, workloads };
  return { ...unwatched(rollout), wave, waves, workloads, waveStartedAt: now };
}

/** The workloads of the current wave that are not done yet. */
function unfinished({ wave }: RolloutStatus, { begun, factsOf }: Sets): readonly WorkloadFacts[] {
  const mine = begun.filter((entry) => entry.wave === wave).map(({ workload }) => factsOf.get(workload));
  return mine.filter((facts) => facts !== undefined).filter(({ isDone }) => !isDone);
}

function deadlineS({ spec }: GoRuntime): number {
  return spec.rollout?.progressDeadlineSeconds ?? rolloutDefaults.progressDeadlineSeconds;
}

function wordsOf({ workload, waitsFor, lacks }: WorkloadFacts): string {
  return `${workload}: ${waitsFor ?? lacks ?? 'not done'}`;
}

/**
 * Waits for those that are not done, each until its deadline: from the beginning of its wave, from when something was lost of a wave that
 * was done, or from when it was held back last.
 */
function awaitDone(
  rollout: RolloutStatus,
  lacking: readonly WorkloadFacts[],
  situation: WaveSituation,
): RolloutStatus {
  const { runtime, now } = situation;
  const limitS = deadlineS(runtime);
  const startedAt = rollout.watchedSince === undefined ? rollout.waveStartedAt : now;
  const sinceS = (workload: string): number => {
    const { heldAt = startedAt } = rollout.workloads?.find((entry) => entry.workload === workload) ?? {};
    return Math.min(seconds(startedAt, now), seconds(heldAt, now));
  };
  const late = lacking.filter(
    ({ workload, waitsFor }) => waitsFor === undefined && sinceS(workload) >= limitS,
  );
  if (late.length > 0) {
    const evidence = late.map((each) => `${wordsOf(each)} after ${limitS} s`);
    return stop(rollout, situation, evidence);
  }
  // Written rarely, since each time is a write.
  const isNewlyHeld = ({ workload, waitsFor }: WorkloadFacts): boolean =>
    waitsFor !== undefined && sinceS(workload) >= limitS / 2;
  const held = new Set(lacking.filter(isNewlyHeld).map(({ workload }) => workload));
  const workloads = rollout.workloads?.map(
    (entry): RolledWorkload => (held.has(entry.workload) ? { ...entry, heldAt: now } : entry),
  );
  return {
    ...unwatched(rollout),
    ...(startedAt === undefined ? {} : { waveStartedAt: startedAt }),
    ...(workloads === undefined ? {} : { workloads }),
    notes: lacking.slice(0, 10).map(wordsOf),
  };
}

/** The time that a roll-out is paused for counts against nobody. */
function hold(rollout: RolloutStatus, { runtime, now }: WaveSituation): RolloutStatus {
  const isLong = seconds(rollout.waveStartedAt, now) >= deadlineS(runtime) / 2;
  return isLong ? { ...rollout, waveStartedAt: now } : rollout;
}

/** Whether a wave has been watched for as long as the wish asks. */
export function isWatched({ spec }: GoRuntime, { watchedSince }: RolloutStatus, now: string): boolean {
  const pauseS = spec.rollout?.pauseSeconds ?? rolloutDefaults.pauseSeconds;
  return watchedSince !== undefined && seconds(watchedSince, now) >= pauseS;
}

function pass(rollout: RolloutStatus, sets: Sets, situation: WaveSituation): RolloutStatus {
  const { runtime, now, verdict } = situation;
  if (rollout.watchedSince === undefined) {
    const { notes: _, ...kept } = rollout;
    return { ...kept, watchedSince: now };
  }
  if (!isWatched(runtime, rollout, now) || verdict === undefined) return rollout;
  if (verdict.outcome === 'regressed') return rollout;
  const { notes: _, ...plain } = rollout;
  const noted = verdict.notes === undefined ? plain : { ...plain, notes: verdict.notes };
  if (verdict.outcome === 'waits') return noted;
  if (sets.waiting.length === 0) return settle(noted, sets, now);
  if (!sets.waiting.some(({ isSettled }) => isSettled))
    return { ...noted, notes: ['waits for the last builds of its workloads'] };
  return fill({ ...unwatched(noted), wave: rollout.wave + 1 }, sets, situation);
}

/** Everything that workloads replace by themselves has passed; the rest is a matter of their partitions. */
function settle(rollout: RolloutStatus, { begun }: Sets, now: string): RolloutStatus {
  const left = begun.flatMap(({ workload, left }) =>
    left ? [`${workload}: its partition leaves ${left.pods} pods as they are; lower it to go on`] : [],
  );
  if (left.length === 0) return complete(rollout);
  return { ...rollout, passedAt: rollout.passedAt ?? now, notes: left.slice(0, 10) };
}

/** A first wave of what happens to be built first would be no fair sample of the fleet. */
function mayStart({ waiting }: Sets): boolean {
  return waiting.length > 0 && waiting.every(({ isSettled }) => isSettled);
}

function advance(recorded: RolloutStatus, situation: WaveSituation): RolloutStatus {
  const { runtime, workloads, verdict, isForStanding = false } = situation;
  if (verdict?.outcome === 'regressed') return stop(recorded, situation, verdict.evidence);
  const rollout = follow(recorded, workloads, situation);
  const sets = setsOf(rollout, workloads);
  if (runtime.spec.rollout?.paused === true) return hold(rollout, situation);
  if (workloads.length === 0 && isForStanding) return complete(rollout);
  if (rollout.wave === 0 && !mayStart(sets)) return rollout;
  if (sets.begun.length === 0 && sets.waiting.length === 0) return complete(rollout);
  const filled = fill(rollout, sets, situation);
  if (filled.workloads?.length !== rollout.workloads?.length) return filled;
  const lacking = unfinished(filled, sets);
  if (lacking.length > 0) return awaitDone(filled, lacking, situation);
  return pass(filled, sets, situation);
}

/** What was measured is of the roll-out before. */
function unjudged({ verdict: _, ...situation }: WaveSituation): WaveSituation {
  return situation;
}

/**
 * The next state of a roll-out, from its state as recorded and what is true now. Nothing happens in a roll-out that is complete, has
 * regressed or is undone, until the wish means something else or is to be tried again. `undefined` where workloads are left to their own
 * restarts, and until the wish's version is resolved for the first time.
 */
export function planWaves(situation: WaveSituation): RolloutStatus | undefined {
  const { runtime } = situation;
  const known = runtime.status?.rollout;
  if (runtime.spec.rollout?.strategy === 'OnRestart') return undefined;
  const to = revisionOf(runtime);
  if (to === undefined) return known;
  const isFresh = known === undefined || isOver(runtime, known, to);
  const rollout = isFresh ? begin(runtime, known, to) : known;
  if (annotation(runtime, inCluster.undoAnnotation) === to.id)
    return rollout.phase === 'Undone' ? rollout : { ...stop(rollout, situation, []), phase: 'Undone' };
  if (rollout.phase !== 'Progressing') return rollout;
  if (rollout.from?.id === to.id) return complete(rollout);
  return advance(rollout, isFresh ? unjudged(situation) : situation);
}
