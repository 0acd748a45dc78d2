import type { Log } from '@gofleet/base/log';
import { currentLibrary } from '@gofleet/inject/choose-library';
import { chooseRolls, type RollChoice } from '@gofleet/inject/choose-rolls';
import { withDeclaration } from '@gofleet/inject/declare-version';
import { describeStep, hasMoved } from '@gofleet/inject/describe-rollout';
import { effectiveRuntimes } from '@gofleet/inject/effective-runtime';
import { nodesThatLack } from '@gofleet/inject/fetched-ahead';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { inCluster } from '@gofleet/inject/in-cluster';
import { planRestore } from '@gofleet/inject/plan-rollout';
import type { WorkloadFacts } from '@gofleet/inject/plan-waves';
import { parseInjections } from '@gofleet/inject/pod';
import { isLive } from '@gofleet/inject/pod-life';
import type { RolloutStatus } from '@gofleet/inject/rollout-status';
import { wantInjections } from '@gofleet/inject/want-injections';
import type { RecordEvent } from '@gofleet/kube/events';
import { allEnded } from '../in-parallel.ts';
import type { ClusterState, Runtime } from '../state/cluster-state.ts';
import type { DeliverableNodes } from '../state/deliverable-nodes.ts';
import type { Pod } from '../state/pod.ts';
import type { VersionSources } from '../state/version-sources.ts';
import type { WebhookRegistration } from '../webhook/webhook-registration.ts';
import { announceConditions } from './announce.ts';
import type { DisruptionBudgets } from './disruption-budgets.ts';
import { FetchGate } from './fetch-gate.ts';
import { forgetImages } from './forget-images.ts';
import { type IdentityWriter, planIdentities } from './identity-writer.ts';
import { isRefused } from './is-refused.ts';
import { claimsNothing, injectedBy } from './orphans.ts';
import { planReports, type ReportWriter } from './report-writer.ts';
import { Restorer } from './restorer.ts';
import { RollGate } from './roll-gate.ts';
import {
  absentFacts,
  absentOf,
  planRoll,
  type ViewedWorkload,
  viewBudget,
  viewFacts,
  viewWorkloads,
} from './rollout-view.ts';
import { isForStanding } from './standing-pods.ts';
import type { StatusWriter } from './status-writer.ts';
import { judgePods, type SurveyedPod, type SurveyInput, surveyPods } from './survey.ts';
import { UnrunPrograms } from './unrun-programs.ts';
import type { WaveKeeper } from './wave-keeper.ts';
import { describeWorkload, nameOf, type Workload, type Workloads } from './workloads.ts';

export interface ReconcilerOptions {
  readonly state: ClusterState;
  readonly nodes: Pick<DeliverableNodes, 'nodes'>;
  readonly sources: VersionSources;
  readonly workloads: Workloads;
  readonly budgets: DisruptionBudgets;
  readonly waves: WaveKeeper;
  readonly status: StatusWriter;
  readonly reports: ReportWriter;
  readonly identities: IdentityWriter;
  readonly registration: WebhookRegistration;
  readonly recordEvent: RecordEvent;
  readonly log: Log;
}

/** Workloads are not watched: that one was unpaused, say, is seen when it is looked at again. */
const resyncMs = 60_000;
/** Budgets are not watched either. */
const heldAgainMs = 2000;

/** One reconciliation's plan. */
interface Step {
  readonly judged: ReturnType<typeof judgePods>;
  readonly rollout: RolloutStatus | undefined;
  /** What pods wait for is another thing as soon as `rollout` is recorded: they are looked at again then, and told once. */
  readonly isMoving: boolean;
  readonly rolls: readonly { readonly view: ViewedWorkload; readonly value: string | null }[];
  /** ms until pods reach the webhook; `undefined` when they do not. */
  readonly waitMs: number | undefined;
  readonly nextMs: number | undefined;
}

/** The soonest of several appointments, in ms. */
function soonest(...waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/**
 * Makes the cluster what a GoRuntime wishes. Level-based: every call looks at everything again and does the next step, so it does not
 * matter when the last call was cut off. It never deletes a pod: pods go only by their own workload's rolling update.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #gate = new RollGate();
  readonly #fetched = new FetchGate();
  readonly #programs = new UnrunPrograms();
  readonly #restorer: Restorer;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#restorer = new Restorer({ ...options, gate: this.#gate });
  }

  /** One step; ms after which to come again even when nothing has changed. */
  async reconcile(key: string): Promise<number | undefined> {
    const { state, sources } = this.#options;
    const found = state.runtime(key);
    if (found?.metadata.deletionTimestamp !== undefined || !found) {
      sources.forget(key);
      this.#programs.forget(key);
    }
    if (!found) return undefined;
    if (found.metadata.deletionTimestamp !== undefined) return this.#restorer.leave(found);
    const runtime = withDeclaration(found, sources.look(found));
    await this.#holdOn(runtime);
    const input = await this.#look(runtime);
    const surveyed = surveyPods(input);
    const nowMs = performance.now();
    await forgetImages(input, surveyed, { ...this.#options, programs: this.#programs, nowMs });
    const step = await this.#planStep(surveyed, input);
    const pods = step.isMoving ? [] : surveyed.map(({ pod }) => pod);
    const identities = planIdentities(pods, input.reports);
    // Side by side: neither is to wait for thousands of the other's requests, nor to fail with them.
    const [nextMs] = await allEnded([this.#act(step, input), this.#options.identities.write(identities)]);
    return nextMs;
  }

  async #act(step: Step, input: SurveyInput): Promise<number | undefined> {
    await this.#report(input, step);
    const released = await this.#releaseOrphans(input);
    const rolled = await this.#roll(step, input);
    return soonest(released, rolled, step.nextMs, resyncMs);
  }

  /** What this reconciliation does, from what is recorded and seen. */
  async #planStep(surveyed: readonly SurveyedPod[], input: SurveyInput): Promise<Step> {
    const { runtime } = input;
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const judged = judgePods(surveyed, input);
    const workloads = viewWorkloads(surveyed);
    const waitMs = this.#options.registration.waitMs(runtime);
    const rolls = new Map<string, string | null>();
    for (const view of workloads) {
      const value = planRoll(view, { ...input, isServed: waitMs !== undefined });
      if (value !== undefined) rolls.set(view.name, value);
    }
    const { roll, held } = await this.#chooseRolls(workloads, rolls, runtime);
    const byPod = Map.groupBy(judged, ({ pod }) => pod);
    const viewed = workloads.map((view) =>
      viewFacts(view, input, { judged: byPod, held: held.get(view.name), now }),
    );
    const facts = [...viewed, ...(await this.#absent(runtime, workloads))];
    const view = { runtime, workloads, facts, now, isForStanding: isForStanding(runtime, input.pods) };
    const rollout = await this.#options.waves.next(view);
    const heldMs = held.size > 0 ? heldAgainMs : undefined;
    return {
      ...{ judged, rollout, waitMs, isMoving: hasMoved(runtime.status?.rollout, rollout) },
      rolls: workloads
        .filter(({ name }) => roll.includes(name))
        .map((view) => ({ view, value: rolls.get(view.name) ?? null })),
      nextMs: soonest(heldMs, this.#options.waves.nextMs(runtime, rollout, now)),
    };
  }

  async #absent(runtime: Runtime, workloads: readonly ViewedWorkload[]): Promise<readonly WorkloadFacts[]> {
    const { namespace } = runtime.metadata;
    const found = absentOf(runtime, workloads).map((name) => this.#options.workloads.find(namespace, name));
    return (await Promise.all(found)).flatMap((each) => (each ? absentFacts(runtime, each) : []));
  }

  /** Going back is never held: what it replaces is what spoke against it. */
  async #chooseRolls(
    workloads: readonly ViewedWorkload[],
    rolls: ReadonlyMap<string, string | null>,
    runtime: Runtime,
  ): Promise<RollChoice> {
    const phase = runtime.status?.rollout?.phase;
    if (rolls.size === 0 || phase === 'Regressed' || phase === 'Undone')
      return { roll: [...rolls.keys()], held: new Map() };
    const { maxUnavailable } = runtime.spec.rollout ?? {};
    const budgets = await this.#options.budgets.of(runtime.metadata.namespace);
    const budgeted = workloads.map((view) => viewBudget(runtime, view, rolls.has(view.name)));
    return chooseRolls(budgeted, { ...(maxUnavailable === undefined ? {} : { maxUnavailable }), budgets });
  }

  async #holdOn(runtime: Runtime): Promise<void> {
    const finalizers = runtime.metadata.finalizers ?? [];
    if (finalizers.includes(inCluster.finalizer)) return;
    await this.#options.status.setFinalizers(runtime, [...finalizers, inCluster.finalizer]);
  }

  async #look(runtime: Runtime): Promise<SurveyInput> {
    const { state, workloads } = this.#options;
    const { namespace } = runtime.metadata;
    const pods = await state.podsOf(namespace);
    const siblings = state.runtimesOf(namespace);
    const concerned = pods.filter((pod) => isLive(pod) && concerns(runtime, pod));
    const reports = await state.reportsOf(namespace);
    const nodes = this.#options.nodes.nodes();
    return { runtime, siblings, pods, reports, owners: await workloads.ownersOf(concerned), nodes };
  }

  async #report(input: SurveyInput, { judged, rollout, isMoving }: Step): Promise<void> {
    const { runtime } = input;
    const { reports, status, recordEvent } = this.#options;
    // Until the builder has looked at a new wish, all pods have the same to say, which its conditions say already.
    const { mode = 'relink' } = runtime.spec;
    const looked = mode === 'libgo' ? currentLibrary(runtime) : runtime.status?.resolution;
    const isNew = mode !== 'godebug' && looked === undefined;
    if (!isNew && !isMoving) await reports.write(runtime, planReports(runtime, judged, input));
    const next = await status.write(runtime, judged, rollout);
    await announceConditions(runtime, next, recordEvent);
    const told = describeStep(runtime.status?.rollout, rollout);
    if (told) await recordEvent(runtime, { type: 'Normal', ...told });
  }

  /** Pods that this wish injected and no wish selects any more go back to their original. */
  async #releaseOrphans({ runtime, siblings, pods, owners }: SurveyInput): Promise<number | undefined> {
    if (runtime.spec.rollout?.strategy === 'OnRestart') return undefined;
    const orphans = pods.filter(
      (pod) => isLive(pod) && injectedBy(runtime, pod) && claimsNothing(pod, siblings),
    );
    const groups = Map.groupBy(orphans, (pod) => owners.get(pod.metadata.name));
    const waits: (number | undefined)[] = [];
    for (const [workload, injected] of groups) {
      const value = workload && planRestore(workload.template, injected);
      if (workload && value !== undefined)
        waits.push(await this.#annotate(runtime, workload, { value, reason: 'Restoring' }));
    }
    return soonest(...waits);
  }

  async #roll({ rolls, waitMs }: Step, input: SurveyInput): Promise<number | undefined> {
    if (waitMs !== undefined && waitMs > 0) return waitMs;
    const waits: (number | undefined)[] = [];
    for (const { view, value } of rolls) {
      const fetchMs = this.#awaitFetch(view.workload, value, input);
      if (fetchMs > 0) waits.push(fetchMs);
      else waits.push(await this.#annotate(input.runtime, view.workload, { value, reason: 'RollingOut' }));
    }
    return soonest(...waits);
  }

  /** ms to wait for nodes that have not fetched yet what the pods of a workload are to mount. */
  #awaitFetch(workload: Workload, value: string | null, { siblings, nodes }: SurveyInput): number {
    if (value === null) return 0;
    const { path, template } = workload;
    const staged = effectiveRuntimes(siblings, nameOf(workload));
    const isFetched =
      nodesThatLack(wantInjections(template, staged, nodes).injections, siblings).length === 0;
    return this.#fetched.waitMs(path, value, { isFetched, nowMs: performance.now() });
  }

  async #annotate(
    runtime: GoRuntime,
    workload: Workload,
    { value, reason }: { value: string | null; reason: string },
  ): Promise<number | undefined> {
    const waitMs = this.#gate.waitMs(workload.path, value, performance.now());
    if (waitMs > 0) return waitMs;
    try {
      await this.#options.workloads.annotate(workload, value);
      this.#gate.rolled(workload.path, value, performance.now());
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown;
      const message = `${describeWorkload(workload)} is not rolled: ${thrown.message}`;
      await this.#options.recordEvent(runtime, { type: 'Warning', reason: 'RollRefused', message });
      return resyncMs;
    }
    const what = value === null ? 'to what its template was' : `with ${value}`;
    const message = `rolls ${describeWorkload(workload)} ${what}`;
    await this.#options.recordEvent(runtime, { type: 'Normal', reason, message });
    return undefined;
  }
}

/** Whether a pod's owner has to be known: it is selected or was injected by this wish. */
function concerns(runtime: GoRuntime, pod: Pod): boolean {
  return (
    injectedBy(runtime, pod) ||
    !claimsNothing(pod, [runtime]) ||
    parseInjections(pod.metadata.annotations).length > 0
  );
}
