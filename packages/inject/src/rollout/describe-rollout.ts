import type { GoRuntime } from '../go-runtime.ts';
import { libraryName } from '../library/library.ts';
import type { Condition, PodStatus } from '../runtime-status.ts';
import type { RolloutStatus, RolloutSummary } from './rollout-status.ts';

/** The releases, or libraries, that pods of a wish ran on before gofleet: `go1.22.5`, or the first and how many more. */
function originalOf({ spec, status }: GoRuntime): string {
  const { binaries = [], libraries = [] } = status ?? {};
  const runtimes =
    spec.mode === 'libgo'
      ? libraries.map(({ soname, sha256 }) => libraryName({ soname, artefact: sha256 }))
      : binaries.map(({ goVersion }) => goVersion);
  const versions = [...new Set(runtimes)].sort();
  return versions.length > 1 ? `${versions[0]} and ${versions.length - 1} more` : (versions[0] ?? 'original');
}

function nameOf(runtime: GoRuntime, rollout: RolloutStatus, which: 'from' | 'to'): string {
  return rollout[which]?.id ?? originalOf(runtime);
}

const waveOf = ({ wave, waves }: RolloutStatus): string => `wave ${wave} of ${waves}`;

/** Why a workload has not got what the wish means now; `undefined` when its turn has come. */
export function explainWaiting(runtime: GoRuntime, workload: string | undefined): string | undefined {
  const { rollout } = runtime.status ?? {};
  if (runtime.spec.rollout?.strategy === 'OnRestart') return undefined;
  if (rollout === undefined) return 'its roll-out has not begun';
  const { id } = rollout.to;
  if (rollout.phase === 'Regressed')
    return `${id} regressed in ${waveOf(rollout)} and was taken back: see the condition Regressed`;
  if (rollout.phase === 'Undone') return `${id} is undone: "gofleet rollout retry" tries it again`;
  const isBegun = rollout.workloads?.some((entry) => entry.workload === workload) ?? false;
  if (rollout.phase === 'Completed' || isBegun) return undefined;
  if (runtime.spec.rollout?.paused === true) return 'the roll-out is paused: "gofleet rollout resume"';
  return rollout.wave === 0
    ? 'the first wave begins when every workload is observed and built for'
    : 'its wave comes later';
}

/** Whether {@link explainWaiting} may say something else of a workload than before. It names no wave: each would write to every pod. */
export function hasMoved(before: RolloutStatus | undefined, after: RolloutStatus | undefined): boolean {
  return (
    before?.phase !== after?.phase ||
    before?.to.id !== after?.to.id ||
    (before?.wave === 0) !== (after?.wave === 0) ||
    (before?.workloads ?? []).length !== (after?.workloads ?? []).length
  );
}

/** The condition `Regressed`, which says what to do next; `undefined` where there are no waves. */
export function describeRegression(
  runtime: GoRuntime,
): Pick<Condition, 'type' | 'status' | 'reason' | 'message'> | undefined {
  const { rollout } = runtime.status ?? {};
  if (rollout === undefined) return undefined;
  if (rollout.phase !== 'Regressed')
    return {
      type: 'Regressed',
      status: 'False',
      ...(rollout.phase === 'Completed'
        ? { reason: 'Passed', message: `${rollout.to.id} passed its gate in each wave` }
        : { reason: 'NotSeen', message: 'nothing speaks against it so far' }),
    };
  const back = nameOf(runtime, rollout, 'from');
  const evidence = (rollout.evidence ?? []).join('; ');
  const next = `change the spec, or run "gofleet rollout retry ${runtime.metadata.name}"`;
  return {
    type: 'Regressed',
    status: 'True',
    reason: 'WaveRegressed',
    message: `${rollout.to.id} in ${waveOf(rollout)}, taken back to ${back}: ${evidence.slice(0, 700)}. Nothing is tried again by itself: ${next}`,
  };
}

function stateOf(runtime: GoRuntime, rollout: RolloutStatus | undefined): string {
  if (rollout?.phase === 'Regressed' || rollout?.phase === 'Undone') return rollout.phase;
  if (rollout?.phase === 'Progressing' && runtime.spec.rollout?.paused === true) return 'Paused';
  if (rollout?.phase === 'Progressing' && rollout.wave > 0)
    return rollout.watchedSince === undefined ? 'RollingOut' : 'Watching';
  const conditions = runtime.status?.conditions ?? [];
  const reasonOf = (type: string) => conditions.find((each) => each.type === type);
  const built = reasonOf('Built');
  const ready = reasonOf('Ready');
  if (ready?.status === 'True' || ready?.reason === 'NotEffective') return ready.reason;
  return (built?.status === 'True' ? ready?.reason : built?.reason) ?? 'Unknown';
}

/** A roll-out for the columns of `kubectl get`, from a wish whose conditions and counts are those of now. */
export function summariseRollout(runtime: GoRuntime): RolloutSummary {
  const { rollout, verifiedPods = 0, desiredPods = 0 } = runtime.status ?? {};
  const isStaged = rollout !== undefined && rollout.phase !== 'Completed';
  const verified = `${verifiedPods}/${desiredPods}`;
  const state = stateOf(runtime, rollout);
  if (rollout === undefined) return { state, verified };
  const [from, to] = [nameOf(runtime, rollout, 'from'), nameOf(runtime, rollout, 'to')];
  return {
    state,
    ...(isStaged && rollout.wave > 0 ? { wave: `${rollout.wave}/${rollout.waves}` } : {}),
    verified,
    go: isStaged && from !== to ? `${from} → ${to}` : to,
  };
}

/** What is worth telling between two states of a roll-out: reason and message of an event. */
export function describeStep(
  before: RolloutStatus | undefined,
  after: RolloutStatus | undefined,
): { readonly reason: string; readonly message: string } | undefined {
  if (after === undefined || after.wave === 0) return undefined;
  const isNew = before?.to.id !== after.to.id || before.wave !== after.wave;
  if (after.phase === 'Completed' && before?.phase === 'Progressing')
    return { reason: 'RolloutCompleted', message: `${after.to.id} has passed ${waveOf(after)}` };
  if (after.phase === 'Undone' && before?.phase !== 'Undone')
    return { reason: 'RolloutUndone', message: `${after.to.id} is taken back` };
  if (after.phase !== 'Progressing' || !isNew) return undefined;
  const names = (after.workloads ?? []).filter(({ wave }) => wave === after.wave);
  const shown = names.slice(0, 5).map(({ workload }) => workload);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return { reason: 'WaveBegan', message: `${after.to.id}, ${waveOf(after)}: ${shown.join(', ')}${more}` };
}

/** Whether a container has what its wish means now, or is to keep what it has. */
export function isVerified({ phase }: Pick<PodStatus, 'phase'>): boolean {
  return phase === 'Verified' || phase === 'Skipped';
}
