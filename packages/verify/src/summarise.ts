import { skewRefusal } from '@gofleet/inject/check-skew';
import { buildOf, isGradeEnough, targetOf } from '@gofleet/inject/choose-artefact';
import { checkOf, currentLibrary, isChecked, wishedLibrary } from '@gofleet/inject/choose-library';
import { chooseReleases } from '@gofleet/inject/choose-releases';
import { describeRegression } from '@gofleet/inject/describe-rollout';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { libraryName } from '@gofleet/inject/library';
import { selectorProblem } from '@gofleet/inject/match-selector';
import { currentResolution } from '@gofleet/inject/pinned-release';
import type { Condition, PodStatus } from '@gofleet/inject/runtime-status';
import { sameVariables } from '@gofleet/inject/runtime-variables';
import { renderReleases } from '@gofleet/inject/toolchain';
import { wishedVersion } from '@gofleet/inject/wished-version';
import { draftsDeclared } from './summarise-declaration.ts';
import { draftsSkew } from './summarise-skew.ts';

/** How many pods are to run another Go, have it mounted, and were read to run it. */
export interface PodCounts {
  readonly desiredPods: number;
  readonly deliveredPods: number;
  readonly verifiedPods: number;
}

export type Draft = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

/** Whether what is wished now is mounted or set, or nothing needs to be. */
function isDelivered({ desired, delivered, phase }: PodStatus): boolean {
  if (phase !== 'Verified' && delivered?.switches?.join() !== desired?.switches?.join()) return false;
  if (delivered?.delivery === 'environment')
    return phase === 'Verified' || sameVariables(delivered.environment, desired?.environment);
  if (delivered?.toolchains)
    return phase === 'Verified' || delivered.toolchains.join() === desired?.toolchains?.join();
  return phase === 'Verified' || (delivered !== undefined && delivered.artefact === desired?.artefact);
}

/** Counts of pods, not containers: a pod is verified when each of its containers that is to change is. */
export function countPods(containers: readonly PodStatus[]): PodCounts {
  const byPod = Map.groupBy(
    containers.filter(({ desired }) => desired !== undefined),
    ({ pod }) => pod,
  );
  const pods = [...byPod.values()];
  const countWhere = (test: (container: PodStatus) => boolean): number =>
    pods.filter((entries) => entries.every(test)).length;
  return {
    desiredPods: pods.length,
    deliveredPods: countWhere(isDelivered),
    verifiedPods: countWhere(({ phase }) => phase === 'Verified'),
  };
}

function draft(
  type: string,
  status: Condition['status'],
  words: readonly [reason: string, message: string],
): Draft {
  return { type, status, reason: words[0], message: words[1].slice(0, 1000) };
}

/** Nothing is built in mode godebug; what has to be known is which Go is inside. */
function draftObserved(binaries: number): Draft {
  return binaries === 0
    ? draft('Built', 'Unknown', ['NothingObserved', 'no Go program was observed yet'])
    : draft('Built', 'True', ['NothingToBuild', `the Go inside of ${binaries} programs is known`]);
}

/** Nothing is built in mode toolchain either; releases are fetched and checked. */
function draftFetched(runtime: GoRuntime): Draft {
  const choice = chooseReleases(runtime);
  if ('problem' in choice) return draft('Built', 'False', ['Unresolved', choice.problem]);
  if ('waitsFor' in choice) return draft('Built', 'False', ['Fetching', `waits for ${choice.waitsFor}`]);
  return draft('Built', 'True', ['Fetched', `${renderReleases(choice.releases)} can be mounted`]);
}

/** Nothing is built in mode libgo; a library is fetched, and nodes look which programs it fits. */
function draftLibrary(runtime: GoRuntime): Draft {
  const { image, path } = runtime.spec.libgo ?? {};
  const library = wishedLibrary(runtime);
  const problem = currentLibrary(runtime)?.problem;
  if (!library && problem !== undefined) return draft('Built', 'False', ['LibraryUnavailable', problem]);
  if (!library)
    return draft('Built', 'False', ['Fetching', `waits for the builder to fetch ${path} of ${image}`]);
  const { libraries = [] } = runtime.status ?? {};
  if (libraries.length === 0)
    return draft('Built', 'Unknown', [
      'NothingObserved',
      'no program that runs on a shared library of the Go runtime was observed yet',
    ]);
  const name = libraryName(library);
  const open = libraries.find((observed) => !isChecked(observed, library));
  if (open)
    return draft('Built', 'False', [
      'Checking',
      `a node is to look whether ${name} fits ${open.program} of ${open.image}`,
    ]);
  const checked = libraries.map((observed) => ({ observed, check: checkOf(observed, library.artefact) }));
  const refused = checked.filter(({ check }) => (check?.problems.length ?? 0) > 0);
  const [first] = refused;
  if (first)
    return draft('Built', 'False', [
      'LibraryDoesNotFit',
      `${name} does not fit ${refused.length} of ${libraries.length} programs: ${first.observed.program} of ${first.observed.image}: ${first.check?.problems.join('; ')}`,
    ]);
  const stale = problem === undefined ? '' : `; ${image} was not looked up again: ${problem}`;
  return draft('Built', 'True', [
    'Checked',
    `${name} fits the ${libraries.length} programs that were observed${stale}`,
  ]);
}

function draftBuilt(runtime: GoRuntime): Draft {
  const { binaries = [] } = runtime.status ?? {};
  const resolution = currentResolution(runtime);
  if (runtime.spec.mode === 'godebug') return draftObserved(binaries.length);
  if (runtime.spec.mode === 'toolchain') return draftFetched(runtime);
  if (runtime.spec.mode === 'libgo') return draftLibrary(runtime);
  const target = targetOf(runtime);
  const wished = wishedVersion(runtime);
  if (wished === undefined) return draft('Built', 'Unknown', ['NotDeclared', 'the Go version is not known']);
  if (resolution && target === undefined)
    return draft('Built', 'False', ['Unresolved', resolution.problem ?? 'the Go version names no release']);
  if (target === undefined)
    return draft('Built', 'Unknown', ['Resolving', 'the Go version is being resolved']);
  if (binaries.length === 0)
    return draft('Built', 'Unknown', ['NothingObserved', 'no Go program was observed yet']);
  const builds = [
    ...new Set(binaries.filter(({ goVersion }) => goVersion !== target).map(({ sha256 }) => sha256)),
  ].map((sha256) => buildOf(runtime, sha256, target));
  const failed = builds.find((build) => build?.phase === 'Failed');
  if (failed) {
    const isWeak = failed.grade !== undefined && !isGradeEnough(failed, runtime);
    const isOutside =
      failed.message !== undefined &&
      binaries.some((binary) => skewRefusal(runtime, binary, target) === failed.message);
    const reason = isOutside ? 'OutsideSkew' : isWeak ? 'EvidenceTooWeak' : 'BuildFailed';
    return draft('Built', 'False', [reason, failed.message ?? 'the relink failed']);
  }
  const weak = builds.find((build) => build?.phase === 'Ready' && !isGradeEnough(build, runtime));
  if (weak) return draft('Built', 'False', ['EvidenceTooWeak', `evidence is "${weak.grade ?? 'unknown'}"`]);
  const ready = builds.filter((build) => build?.phase === 'Ready').length;
  return ready === builds.length
    ? draft('Built', 'True', ['Built', `${ready} of ${builds.length} artefacts are ready for ${target}`])
    : draft('Built', 'False', ['Building', `${ready} of ${builds.length} artefacts are ready for ${target}`]);
}

/** The reason of the first container in a phase, for a condition's message. */
function firstIn(containers: readonly PodStatus[], phase: string): string | undefined {
  const found = containers.find((container) => container.phase === phase);
  return found && `${found.pod}/${found.container}: ${found.reason ?? phase}`;
}

/**
 * Whether the first delivery to every pod is still going on. A roll-out that has ended does not begin again because a pod was missed
 * later; what is done about those is the wish's `repair`.
 */
export function isRollingOut({ status }: GoRuntime): boolean {
  const rolledOut = status?.conditions?.find(({ type }) => type === 'RolledOut');
  return rolledOut === undefined || (rolledOut.status !== 'True' && rolledOut.reason !== 'Ineffective');
}

function draftRolledOut(
  runtime: GoRuntime,
  containers: readonly PodStatus[],
  { counts, built }: { counts: PodCounts; built: Draft },
): Draft {
  const { desiredPods, deliveredPods } = counts;
  const progress = `${deliveredPods} of ${desiredPods} pods have it`;
  if (built.status !== 'True') return draft('RolledOut', 'False', ['NotBuilt', built.message]);
  if (deliveredPods === desiredPods) return draft('RolledOut', 'True', ['RolledOut', progress]);
  const { rollout } = runtime.status ?? {};
  if (rollout?.phase === 'Regressed' || rollout?.phase === 'Undone')
    return draft('RolledOut', 'False', [rollout.phase, `${rollout.to.id} was taken back`]);
  if (rollout?.phase === 'Progressing' && rollout.wave > 0) {
    const notes = (rollout.notes ?? []).map((note) => `; ${note}`).join('');
    return draft('RolledOut', 'False', [
      'RollingOut',
      `wave ${rollout.wave} of ${rollout.waves}: ${progress}${notes}`,
    ]);
  }
  const missed = firstIn(containers, 'Ineffective');
  if (missed && !isRollingOut(runtime)) return draft('RolledOut', 'False', ['Ineffective', missed]);
  const waiting = firstIn(containers, 'Pending');
  if (waiting) return draft('RolledOut', 'False', ['WaitsForRestart', waiting]);
  return draft('RolledOut', 'False', ['RollingOut', progress]);
}

/** Why a wish changes nothing, and where to look. */
function draftIdle({ metadata, spec }: GoRuntime, [first]: readonly PodStatus[]): Draft {
  if (first)
    return draft('Ready', 'Unknown', [
      'NothingToChange',
      `${first.pod}/${first.container}: ${first.reason ?? first.phase ?? 'is not known yet'}`,
    ]);
  const problem = selectorProblem(spec.selector);
  if (problem !== undefined)
    return draft('Ready', 'False', ['InvalidSelector', `the selector selects nothing: ${problem}`]);
  const named = spec.containers
    ? ` and has a container ${spec.containers.join(' or ')} (init containers and native sidecars are left alone)`
    : '';
  return draft('Ready', 'Unknown', [
    'NoPods',
    `no pod that runs matches the selector ${JSON.stringify(spec.selector)}${named}; compare with "kubectl get pods -n ${metadata.namespace} --show-labels"`,
  ]);
}

function draftReady(
  runtime: GoRuntime,
  containers: readonly PodStatus[],
  { counts, rolledOut }: { counts: PodCounts; rolledOut: Draft },
): Draft {
  const { desiredPods, verifiedPods } = counts;
  const progress = `${verifiedPods} of ${desiredPods} pods are verified from the running process`;
  const failed = firstIn(containers, 'Failed') ?? firstIn(containers, 'Ineffective');
  if (failed) return draft('Ready', 'False', ['NotEffective', failed]);
  if (desiredPods === 0) return draftIdle(runtime, containers);
  if (verifiedPods === desiredPods) return draft('Ready', 'True', ['Verified', progress]);
  const unread = firstIn(containers, 'Delivered');
  if (unread && rolledOut.status === 'True') return draft('Ready', 'False', ['NotVerifiable', unread]);
  return draft('Ready', 'False', [rolledOut.status === 'True' ? 'Verifying' : rolledOut.reason, progress]);
}

/**
 * The conditions `Built`, `RolledOut` and `Ready`, `Regressed` where there are waves, `Declared` when a custom resource says the version,
 * `WithinSkew` for operators. `lastTransitionTime` (RFC 3339, `now`) moves only when a status changes.
 */
export function renderConditions(
  runtime: GoRuntime,
  containers: readonly PodStatus[],
  now: string,
): readonly Condition[] {
  const counts = countPods(containers);
  const built = draftBuilt(runtime);
  const rolledOut = draftRolledOut(runtime, containers, { counts, built });
  const ready = draftReady(runtime, containers, { counts, rolledOut });
  const regressed = describeRegression(runtime);
  const before = runtime.status?.conditions ?? [];
  const drafts = [...draftsDeclared(runtime), ...draftsSkew(runtime), built, rolledOut, ready];
  return [...drafts, ...(regressed ? [regressed] : [])].map((condition) => {
    const known = before.find(({ type }) => type === condition.type);
    return {
      ...condition,
      ...(runtime.metadata.generation === undefined
        ? {}
        : { observedGeneration: runtime.metadata.generation }),
      lastTransitionTime: known?.status === condition.status ? known.lastTransitionTime : now,
    };
  });
}
