import { type DeliverableNode, eligibleNodes } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { planSandbox, type SandboxCluster } from '../sandbox/plan-sandbox.ts';
import { isSandbox } from '../sandbox/want-sandbox.ts';
import { againstNodes, mountableReleases } from '../toolchain/choose-releases.ts';
import { type InjectionPlan, planInjection } from './plan-injection.ts';
import type { PodTemplate } from './pod.ts';

/** What is known of the cluster besides its wishes. */
export interface AdmissionCluster {
  /** Those of the cluster, by which deliveries are chosen; when absent nothing is known of them. */
  readonly nodes?: readonly DeliverableNode[] | undefined;
  /** What sandboxes are made with. */
  readonly sandboxes: SandboxCluster;
}

/** {@link planInjection}, with the containers that build for others. Planned again for the patched pod, nothing more comes. */
export function planAdmission(
  pod: PodTemplate,
  runtimes: readonly GoRuntime[],
  { nodes, sandboxes: cluster }: AdmissionCluster,
): InjectionPlan {
  const plan = planInjection(pod, runtimes, nodes);
  const wanted = plan.injections.find(isSandbox);
  const runtime = runtimes.find(({ metadata }) => metadata.name === wanted?.runtime);
  if (plan.operations.length === 0 || !wanted || !runtime) return plan;
  const { operations: before } = plan;
  const ready = mountableReleases(runtime, wanted.goVersions);
  const problem = ready && againstNodes(runtime, ready, nodes && eligibleNodes(pod, nodes));
  const releases = problem === undefined ? ready : undefined;
  const added = planSandbox(pod, wanted, { runtime, cluster, releases, before });
  return { ...plan, operations: [...before, ...added] };
}
