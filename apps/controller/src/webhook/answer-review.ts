import type { DeliverableNode } from '@gofleet/inject/deliverable-node';
import { runtimesForNew } from '@gofleet/inject/effective-runtime';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { Injection } from '@gofleet/inject/injection';
import type { JsonPatchOperation } from '@gofleet/inject/json-patch';
import { planAdmission } from '@gofleet/inject/plan-admission';
import { isOfAnotherRollout } from '@gofleet/inject/plan-rollout';
import type { SandboxCluster } from '@gofleet/inject/plan-sandbox';
import type { PodTemplate } from '@gofleet/inject/pod';

/** What the API server sends. @see k8s.io/api/admission/v1 AdmissionReview */
export interface AdmissionReview {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request?: {
    readonly uid: string;
    readonly namespace?: string;
    readonly operation?: string;
    readonly dryRun?: boolean;
    readonly object?: PodTemplate;
  };
}

interface Answer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly response: {
    readonly uid: string;
    /** Always: a pod is never refused for gofleet's sake. */
    readonly allowed: true;
    readonly patchType?: 'JSONPatch';
    /** Base64 of the JSON Patch. */
    readonly patch?: string;
  };
}

/** GoRuntimes by namespace, from memory. */
export type RuntimesOf = (namespace: string) => readonly GoRuntime[];

/** The answer that lets a pod in as it is. */
export function renderAllowed(uid: string): Answer {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } };
}

/** What is known of the cluster besides its wishes. */
export interface ReviewContext {
  readonly nodes?: () => readonly DeliverableNode[] | undefined;
  readonly sandboxes: SandboxCluster;
  /** Told of what a pod that is let in with a patch is to have injected; of nothing when it only loses something. */
  readonly onPatched?: (injections: readonly Injection[]) => void;
}

/** What is to become of the pod of a review. */
export interface ReviewPlan {
  readonly operations: readonly JsonPatchOperation[];
  readonly injections: readonly Injection[];
  /** Its template was rolled for something else: of the controllers another one may know more than this one. */
  readonly isDoubtful: boolean;
}

/** The plan for a review's pod, by the wishes of its namespace: something is mounted or added when its workload's wave has begun. */
export function planReview(
  { request }: AdmissionReview,
  runtimes: readonly GoRuntime[],
  { nodes, sandboxes }: ReviewContext,
): ReviewPlan {
  const { object } = request ?? {};
  if (!object) return { operations: [], injections: [], isDoubtful: false };
  const due = runtimesForNew(runtimes, object);
  const { operations, injections } = planAdmission(object, due, { nodes: nodes?.(), sandboxes });
  return { operations, injections, isDoubtful: isOfAnotherRollout(object, injections) };
}

/** The answer to a review: allowed, with a patch when there is something to do. */
export function renderAnswer(
  { request }: AdmissionReview,
  { operations, injections }: ReviewPlan,
  { onPatched }: Pick<ReviewContext, 'onPatched'> = {},
): Answer {
  const allowed = renderAllowed(request?.uid ?? '');
  if (operations.length === 0) return allowed;
  onPatched?.(injections);
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return { ...allowed, response: { ...allowed.response, patchType: 'JSONPatch', patch } };
}
