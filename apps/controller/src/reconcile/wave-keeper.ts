import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { sameInjections } from '@gofleet/inject/plan-rollout';
import { isWatched, planWaves, type Verdict, type WorkloadFacts } from '@gofleet/inject/plan-waves';
import { type GateSpec, rolloutDefaults } from '@gofleet/inject/rollout-spec';
import type { RolledWorkload, RolloutStatus } from '@gofleet/inject/rollout-status';
import { judgeRestarts, judgeWave, type MeasuredWorkload } from '@gofleet/verify/judge-wave';
import { countPods, type PodSampler } from '../gate/pod-sampler.ts';
import type { Pod } from '../state/pod.ts';
import type { ViewedWorkload } from './rollout-view.ts';

/** What a wave is looked at with. */
export interface WaveView {
  readonly runtime: GoRuntime;
  readonly workloads: readonly ViewedWorkload[];
  readonly facts: readonly WorkloadFacts[];
  readonly isForStanding: boolean;
  /** RFC 3339. */
  readonly now: string;
}

/** A gate that waits for more samples asks again after so long. */
const askAgainMs = 5000;
/** Workloads that are held back have deadlines of their own; most of what moves them is told by events. */
const heldAgainMs = 30_000;

/** Pods that have what the wish means now; `pods` holds those of before too while they are being replaced. */
function newPods({ pods }: ViewedWorkload): readonly Pod[] {
  return pods.filter(({ injections, wished }) => sameInjections(injections, wished)).map(({ pod }) => pod);
}

/** Moves a roll-out on: plans by its recorded state, and measures what the plan needs. Keeps nothing itself. */
export class WaveKeeper {
  readonly #sampler: PodSampler;

  constructor(sampler: PodSampler) {
    this.#sampler = sampler;
  }

  /** The roll-out as it is to be recorded. */
  async next(view: WaveView): Promise<RolloutStatus | undefined> {
    const { runtime, facts, now, isForStanding } = view;
    const known = runtime.status?.rollout;
    const verdict = known?.phase === 'Progressing' ? await this.#judge(known, view) : undefined;
    const next = planWaves({
      ...{ runtime, workloads: facts, now, isForStanding },
      ...(verdict ? { verdict } : {}),
    });
    return next?.phase === 'Progressing' ? this.#measure(known, next, view) : next;
  }

  /** ms after which time alone may have changed something; `undefined` when nothing but a change can. */
  nextMs({ spec }: GoRuntime, rollout: RolloutStatus | undefined, now: string): number | undefined {
    if (rollout?.phase !== 'Progressing' || rollout.wave === 0) return undefined;
    const { watchedSince, waveStartedAt = now, workloads = [] } = rollout;
    const { pauseSeconds, progressDeadlineSeconds } = { ...rolloutDefaults, ...spec.rollout };
    const elapsedMs = Date.parse(now) - Date.parse(watchedSince ?? waveStartedAt);
    const limitMs = (watchedSince === undefined ? progressDeadlineSeconds : pauseSeconds) * 1000;
    const leftMs = limitMs - elapsedMs;
    const leastMs = leftMs > 0 ? 1000 : heldAgainMs;
    const waitMs = Math.max(leftMs, watchedSince === undefined ? leastMs : 0);
    // Until a partition is lowered there is no hurry.
    const idleMs = workloads.some(({ left }) => left !== undefined) ? undefined : askAgainMs;
    return waitMs || idleMs;
  }

  async #judge(rollout: RolloutStatus, view: WaveView): Promise<Verdict | undefined> {
    if (rollout.passedAt !== undefined) return { outcome: 'passed' };
    const { runtime, now } = view;
    const gate = runtime.spec.rollout?.gate ?? {};
    const mine = (rollout.workloads ?? []).filter(({ wave }) => wave === rollout.wave);
    const counted = mine.flatMap((entry) => this.#counted(entry, view));
    const restarted = judgeRestarts(counted, gate);
    if (restarted || !isWatched(runtime, rollout, now)) return restarted;
    return judgeWave(await Promise.all(mine.map((entry) => this.#measured(entry, view, gate))), gate);
  }

  #counted(entry: RolledWorkload, { workloads, now }: WaveView): readonly MeasuredWorkload[] {
    const viewed = workloads.find(({ name }) => name === entry.workload);
    return viewed ? [{ ...entry, now: countPods(newPods(viewed), now) }] : [];
  }

  async #measured(
    entry: RolledWorkload,
    { workloads, now }: WaveView,
    gate: GateSpec,
  ): Promise<MeasuredWorkload> {
    const viewed = workloads.find(({ name }) => name === entry.workload);
    const pods = viewed ? newPods(viewed) : [];
    const { before, start } = entry;
    const { sample, problems } = await this.#sampler.sample(pods, gate, { now, before, since: start?.at });
    return { ...entry, now: sample, problems };
  }

  /** Workloads that begin are measured as they are; those of a wave that begins to be watched, as they start. */
  async #measure(
    known: RolloutStatus | undefined,
    next: RolloutStatus,
    view: WaveView,
  ): Promise<RolloutStatus> {
    const gate = view.runtime.spec.rollout?.gate ?? {};
    const isWatchNew = next.watchedSince !== undefined && next.watchedSince !== known?.watchedSince;
    const workloads = (next.workloads ?? []).map(async (entry): Promise<RolledWorkload> => {
      const viewed = view.workloads.find(({ name }) => name === entry.workload);
      if (!viewed) return entry;
      if (entry.before === undefined) {
        const pods = viewed.pods.map(({ pod }) => pod);
        const { sample } = await this.#sampler.sample(pods, gate, { now: view.now });
        return { ...entry, before: sample };
      }
      if (!isWatchNew || entry.wave !== next.wave) return entry;
      const { now: start } = await this.#measured(entry, view, gate);
      return { ...entry, start };
    });
    return next.workloads === undefined ? next : { ...next, workloads: await Promise.all(workloads) };
  }
}
