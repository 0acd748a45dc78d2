import type { Verdict } from '@gofleet/inject/plan-waves';
import { type GateSpec, gateDefaults } from '@gofleet/inject/rollout-spec';
import type { WorkloadSample } from '@gofleet/inject/rollout-status';
import { chanceOfEvents, chanceOfHits, significance } from './chance.ts';
import { leastPauseSeconds } from './read-pauses.ts';

/** A workload of a wave at three moments: before it began, when its wave began to be watched, and now. */
export interface MeasuredWorkload {
  readonly workload: string;
  readonly before?: WorkloadSample;
  readonly start?: WorkloadSample;
  readonly now: WorkloadSample;
  /** Why something could not be measured. */
  readonly problems?: readonly string[];
}

interface Finding {
  readonly kind: 'evidence' | 'note';
  readonly text: string;
}

const evidence = (text: string): readonly Finding[] => [{ kind: 'evidence', text }];
const note = (text: string): readonly Finding[] => [{ kind: 'note', text }];
const ms = (seconds: number): string => `${Number((seconds * 1000).toPrecision(3))} ms`;
/** A few error lines are part of any start. */
const leastErrors = 5;

/** Restarts since the pods of the wave began; their images restart at some rate anyway. */
function checkRestarts({ workload, before, now }: MeasuredWorkload, gate: GateSpec): readonly Finding[] {
  const allowed = gate.maxRestarts ?? gateDefaults.maxRestarts;
  const rate = before && before.podSeconds > 0 ? before.restarts / before.podSeconds : 0;
  const expected = rate * now.podSeconds;
  if (now.restarts <= allowed || chanceOfEvents(now.restarts, expected) >= significance) return [];
  return evidence(
    `${workload}: ${now.restarts} restarts in ${Math.round(now.podSeconds)} pod seconds; before ${before?.restarts ?? 0} in ${Math.round(before?.podSeconds ?? 0)}, allowed ${allowed}`,
  );
}

type Counters<K extends string> = Readonly<Partial<Record<K, number>>>;

/** What was counted between two samples; when one counter fell, processes went meanwhile, and all begin at zero again. */
function since<K extends string>(
  now: Counters<K> | undefined,
  start: Counters<K> | undefined,
  names: readonly K[],
): Record<K, number> {
  const hasReset = names.some((name) => (now?.[name] ?? 0) < (start?.[name] ?? 0));
  const count = (name: K): number => (now?.[name] ?? 0) - (hasReset ? 0 : (start?.[name] ?? 0));
  return Object.fromEntries(names.map((name) => [name, count(name)])) as Record<K, number>;
}

function checkPauses(measured: MeasuredWorkload, gate: GateSpec): readonly Finding[] {
  const { workload, before, start, now } = measured;
  const least = gate.minSamples ?? gateDefaults.minSamples;
  const { count, seconds } = since(now.gcPauses, start?.gcPauses, ['count', 'seconds']);
  const base = before?.gcPauses;
  if (base === undefined || base.count < least || count < least)
    return note(`${workload}: ${count} pauses, before ${base?.count ?? 0}; ${least} are needed to judge`);
  const [mean, meanBefore] = [seconds / count, base.seconds / base.count];
  const percent = gate.metrics?.maxGcPauseIncreasePercent ?? gateDefaults.maxGcPauseIncreasePercent;
  const limit = meanBefore * (1 + percent / 100);
  if (mean <= limit || mean - meanBefore < leastPauseSeconds) return [];
  return evidence(
    `${workload}: pauses of ${ms(mean)} on average over ${count}; before ${ms(meanBefore)} over ${base.count}, allowed ${ms(limit)}`,
  );
}

/** A histogram that is compared by its p99, and what it counts. */
interface Tail {
  readonly of: 'latency' | 'gcTail';
  readonly things: string;
}

/** That not more than 1 % exceed what 99 % were allowed to take. */
function checkTail(
  { workload, before, start, now }: MeasuredWorkload,
  gate: GateSpec,
  { of, things }: Tail,
): readonly Finding[] {
  const least = gate.minSamples ?? gateDefaults.minSamples;
  const base = before?.[of];
  const { count, above } = since(now[of], start?.[of], ['count', 'above']);
  if (base === undefined || base.count < least || count < least)
    return note(`${workload}: ${count} ${things}, before ${base?.count ?? 0}; ${least} are needed to judge`);
  if (base.boundSeconds === undefined || base.p99Seconds === undefined)
    return note(`${workload}: its histogram of ${things} has no bound above the p99 that is allowed`);
  if (chanceOfHits(above, count, 0.01) >= significance) return [];
  const share = Number(((above / count) * 100).toPrecision(3));
  return evidence(
    `${workload}: ${share} % of ${count} ${things} took longer than ${ms(base.boundSeconds)}; before, 99 % of ${base.count} took at most ${ms(base.p99Seconds)}`,
  );
}

/** By their p99 where a histogram of them was there before and is there now; by their mean everywhere. */
function checkCollector(measured: MeasuredWorkload, gate: GateSpec): readonly Finding[] {
  const { before, now } = measured;
  const byMean = checkPauses(measured, gate);
  const isMeasurable = byMean.every(({ kind }) => kind === 'evidence');
  if (!isMeasurable || !before?.gcTail || !now.gcTail) return byMean;
  return [...byMean, ...checkTail(measured, gate, { of: 'gcTail', things: 'pauses' })];
}

function checkErrors({ workload, before, now }: MeasuredWorkload, gate: GateSpec): readonly Finding[] {
  if (!before?.errors || !now.errors) return note(`${workload}: no logs to compare`);
  const percent = gate.logs?.maxIncreasePercent ?? gateDefaults.maxErrorIncreasePercent;
  const rate = before.errors.podSeconds > 0 ? before.errors.lines / before.errors.podSeconds : 0;
  const allowed = rate * (1 + percent / 100) * now.errors.podSeconds;
  if (now.errors.lines < leastErrors || chanceOfEvents(now.errors.lines, allowed) >= significance) return [];
  return evidence(
    `${workload}: ${now.errors.lines} error lines in ${Math.round(now.errors.podSeconds)} pod seconds; before ${before.errors.lines} in ${Math.round(before.errors.podSeconds)}`,
  );
}

function checkMeasured(measured: MeasuredWorkload, gate: GateSpec): readonly Finding[] {
  return [
    ...checkRestarts(measured, gate),
    ...(measured.problems ?? []).flatMap((text) => note(`${measured.workload}: ${text}`)),
    ...(gate.metrics ? checkCollector(measured, gate) : []),
    ...(gate.metrics?.latency ? checkTail(measured, gate, { of: 'latency', things: 'requests' }) : []),
    ...(gate.logs ? checkErrors(measured, gate) : []),
  ];
}

/** What speaks against a wave at any time, from what the API says alone. */
export function judgeRestarts(workloads: readonly MeasuredWorkload[], gate: GateSpec): Verdict | undefined {
  const found = workloads.flatMap((measured) => checkRestarts(measured, gate));
  return found.length === 0 ? undefined : { outcome: 'regressed', evidence: found.map(({ text }) => text) };
}

/**
 * Whether a wave that was watched is no worse than its workloads were before. A regression is what chance does not explain (1 %) and
 * exceeds what the gate allows.
 */
export function judgeWave(workloads: readonly MeasuredWorkload[], gate: GateSpec = {}): Verdict {
  const findings = workloads.flatMap((measured) => checkMeasured(measured, gate));
  const textsOf = (kind: Finding['kind']): string[] =>
    findings.filter((finding) => finding.kind === kind).map(({ text }) => text);
  const against = textsOf('evidence');
  if (against.length > 0) return { outcome: 'regressed', evidence: against };
  const notes = textsOf('note').slice(0, 10);
  if (notes.length === 0) return { outcome: 'passed' };
  const isStrict = (gate.inconclusive ?? gateDefaults.inconclusive) === 'Wait';
  return { outcome: isStrict ? 'waits' : 'passed', notes };
}
