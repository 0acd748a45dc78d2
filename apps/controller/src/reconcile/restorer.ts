import { selectsPod } from '@gofleet/inject/claim-containers';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { runningAnnotation } from '@gofleet/inject/identity';
import { inCluster } from '@gofleet/inject/in-cluster';
import { isBelow } from '@gofleet/inject/partition';
import { planRestore } from '@gofleet/inject/plan-rollout';
import { isLive, mayBeMounted } from '@gofleet/inject/pod-life';
import type { RecordEvent } from '@gofleet/kube/events';
import { allEnded } from '../in-parallel.ts';
import type { ClusterState, Runtime } from '../state/cluster-state.ts';
import type { Pod } from '../state/pod.ts';
import type { WebhookRegistration } from '../webhook/webhook-registration.ts';
import type { IdentityWriter } from './identity-writer.ts';
import { isRefused } from './is-refused.ts';
import { claimsNothing, injectedBy } from './orphans.ts';
import { planReports, type ReportWriter } from './report-writer.ts';
import type { RollGate } from './roll-gate.ts';
import type { StatusWriter } from './status-writer.ts';
import { describeWorkload, type Workload, type Workloads } from './workloads.ts';

export interface RestorerOptions {
  readonly state: ClusterState;
  readonly workloads: Workloads;
  readonly status: StatusWriter;
  readonly reports: ReportWriter;
  readonly identities: IdentityWriter;
  readonly registration: WebhookRegistration;
  readonly recordEvent: RecordEvent;
  readonly gate: RollGate;
}

const againMs = 2000;

/** A GoRuntime that is being deleted: everything goes back to what its authors wrote, then the finalizer goes. */
export class Restorer {
  readonly #options: RestorerOptions;

  constructor(options: RestorerOptions) {
    this.#options = options;
  }

  /** One step of leaving; ms after which to come again. */
  async leave(runtime: Runtime): Promise<number | undefined> {
    const { state, registration, status, recordEvent } = this.#options;
    const finalizers = runtime.metadata.finalizers ?? [];
    if (!finalizers.includes(inCluster.finalizer)) return undefined;
    // No new pod may be injected from here on; this process's own cache knows that already.
    await registration.sync(state.runtimes());
    const isDone = await this.#restore(runtime);
    if (!isDone) return againMs;
    await allEnded([this.#forgetReports(runtime), this.#forgetIdentities(runtime)]);
    await recordEvent(runtime, {
      type: 'Normal',
      reason: 'Restored',
      message: 'every workload runs what its image holds',
    });
    await status.setFinalizers(
      runtime,
      finalizers.filter((name) => name !== inCluster.finalizer),
    );
    return undefined;
  }

  #othersOf({ metadata: { namespace } }: Runtime): readonly Runtime[] {
    return this.#options.state
      .runtimesOf(namespace)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  async #forgetReports(runtime: Runtime): Promise<void> {
    const { state, reports } = this.#options;
    const { namespace } = runtime.metadata;
    const known = await state.reportsOf(namespace);
    if (this.#othersOf(runtime).length === 0) return reports.forget(namespace, known);
    await reports.write(runtime, planReports(runtime, [], { pods: [], reports: known }));
  }

  /** What runs in pods that no other wish selects is not looked at any more. */
  async #forgetIdentities(runtime: Runtime): Promise<void> {
    const { state, identities } = this.#options;
    const { namespace } = runtime.metadata;
    const others = this.#othersOf(runtime);
    const pods = (await state.podsOf(namespace)).filter(
      (pod) => pod.metadata.annotations?.[runningAnnotation] !== undefined && claimsNothing(pod, others),
    );
    await identities
      .write(pods.map((pod) => ({ pod, value: null })))
      // A wish is not kept for an annotation that nobody may take away.
      .catch((thrown: unknown) => {
        if (!isRefused(thrown)) throw thrown;
      });
  }

  /** Whether no workload's pod holds an artefact of this wish, and no template an annotation because of it. */
  async #restore(runtime: Runtime): Promise<boolean> {
    const { state, workloads } = this.#options;
    const { namespace } = runtime.metadata;
    const others = this.#othersOf(runtime);
    const pods = (await state.podsOf(namespace)).filter(
      (pod) => mayBeMounted(pod) && injectedBy(runtime, pod) && claimsNothing(pod, others),
    );
    const owners = await workloads.ownersOf(pods);
    const annotated = await workloads.annotated(namespace);
    const concerned = this.#concerned(runtime, { annotated, owners, others });
    const isManual = runtime.spec.rollout?.strategy === 'OnRestart';
    for (const workload of concerned) {
      const injected = pods.filter(
        (pod) => owners.get(pod.metadata.name)?.path === workload.path && !isBelow(pod, workload.partition),
      );
      await this.#restoreWorkload(runtime, workload, { injected, isManual });
    }
    // Pods that nothing replaces (bare, Jobs, OnDelete, paused, below a partition) keep what they run until somebody restarts them.
    const replaceable = (pod: Pod): boolean => {
      const owner = owners.get(pod.metadata.name);
      return owner !== undefined && owner.waitsFor === undefined && !isBelow(pod, owner.partition);
    };
    const held = isManual ? [] : pods.filter(replaceable);
    const templates = concerned.filter(
      ({ path, waitsFor }) => waitsFor === undefined && annotated.some((entry) => entry.path === path),
    );
    return held.length === 0 && templates.length === 0;
  }

  /** Workloads that this wish rolled or whose pods it injected, and that no other wish decides for now. */
  #concerned(
    runtime: GoRuntime,
    {
      annotated,
      owners,
      others,
    }: {
      annotated: readonly Workload[];
      owners: ReadonlyMap<string, Workload>;
      others: readonly GoRuntime[];
    },
  ): readonly Workload[] {
    const byPath = new Map([...annotated, ...owners.values()].map((workload) => [workload.path, workload]));
    const withPods = new Set([...owners.values()].map(({ path }) => path));
    return [...byPath.values()].filter(
      ({ path, template }) =>
        (withPods.has(path) || selectsPod(runtime, template)) && claimsNothing(template, others),
    );
  }

  async #restoreWorkload(
    runtime: Runtime,
    workload: Workload,
    { injected, isManual }: { injected: readonly Pod[]; isManual: boolean },
  ): Promise<void> {
    const value = planRestore(workload.template, isManual ? [] : injected.filter(isLive));
    if (value === undefined) return;
    const { gate, workloads, recordEvent } = this.#options;
    if (gate.waitMs(workload.path, value, performance.now()) > 0) return;
    const name = describeWorkload(workload);
    try {
      await workloads.annotate(workload, value);
      if (value !== null) gate.rolled(workload.path, value, performance.now());
      const message = `rolls ${name} back to its original`;
      await recordEvent(runtime, { type: 'Normal', reason: 'Restoring', message });
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown;
      gate.rolled(workload.path, value, performance.now());
      const message = `${name} is not rolled back to its original: ${thrown.message}`;
      await recordEvent(runtime, { type: 'Warning', reason: 'RollRefused', message });
    }
  }
}
