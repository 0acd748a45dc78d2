import type { DeliverableNode } from '@gofleet/inject/deliverable-node';
import { effectiveRuntimes } from '@gofleet/inject/effective-runtime';
import type { GoRuntime, Injection } from '@gofleet/inject/go-runtime';
import { planAdmission } from '@gofleet/inject/plan-admission';
import type { SandboxCluster } from '@gofleet/inject/plan-sandbox';
import type { PodTemplate } from '@gofleet/inject/pod';
import { workloadOfPod } from '@gofleet/inject/workload-of-pod';

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

/**
 * The answer to a review: allowed, with a patch when something is to be mounted for a pod whose workload's wave has begun, or added.
 * Nothing but memory is asked.
 */
export function answerReview(
  review: AdmissionReview,
  runtimesOf: RuntimesOf,
  { nodes, sandboxes, onPatched }: ReviewContext,
): Answer {
  const { uid = '', namespace = '', object } = review.request ?? {};
  const allowed = renderAllowed(uid);
  if (!object) return allowed;
  const due = effectiveRuntimes(runtimesOf(namespace), workloadOfPod(object));
  const { operations, injections } = planAdmission(object, due, { nodes: nodes?.(), sandboxes });
  if (operations.length === 0) return allowed;
  onPatched?.(injections);
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return { ...allowed, response: { ...allowed.response, patchType: 'JSONPatch', patch } };
}
