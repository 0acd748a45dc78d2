import { type GofleetError, isGofleetError } from '@gofleet/base/errors';
import { controllerFieldManager } from '@gofleet/inject/field-managers';
import { type GoPod, isReportOn } from '@gofleet/inject/go-pod';
import { renderIdentities, runningAnnotation } from '@gofleet/inject/identity';
import type { KubeClient } from '@gofleet/kube/client';
import { inParallel } from '../in-parallel.ts';
import type { Pod } from '../state/pod.ts';
import { isRefused } from './is-refused.ts';

/** A pod's annotation that is to have another value, or to go (`null`). */
export interface IdentityChange {
  readonly pod: Pod;
  readonly value: string | null;
}

function valueFor(pod: Pod, report: GoPod | undefined): string | undefined {
  if (!report || !isReportOn(report, pod.metadata.uid)) return undefined;
  const ids = (pod.status?.containerStatuses ?? []).flatMap(({ containerID }) => containerID ?? []);
  return renderIdentities(report, new Set(ids));
}

/** The pods whose annotation does not say yet what runs in them. What was said stays while a container starts anew. */
export function planIdentities(
  pods: readonly Pod[],
  reports: ReadonlyMap<string, GoPod>,
): readonly IdentityChange[] {
  return pods.flatMap((pod) => {
    const value = valueFor(pod, reports.get(pod.metadata.name));
    const known = pod.metadata.annotations?.[runningAnnotation];
    return value === undefined || value === known ? [] : [{ pod, value }];
  });
}

/** Tells pods what runs in them, so that log pipelines can attach it. */
export class IdentityWriter {
  readonly #client: Pick<KubeClient, 'patch'>;

  constructor(client: Pick<KubeClient, 'patch'>) {
    this.#client = client;
  }

  /** Writes what it can; what was refused of some pod is thrown when all others are told. */
  async write(changes: readonly IdentityChange[]): Promise<void> {
    const refusals: GofleetError[] = [];
    await inParallel(changes, (change) =>
      this.#write(change).catch((thrown: unknown) => {
        if (!isRefused(thrown)) throw thrown;
        refusals.push(thrown);
      }),
    );
    const [refusal] = refusals;
    if (refusal) throw refusal;
  }

  async #write({ pod: { metadata }, value }: IdentityChange): Promise<void> {
    const { name, namespace, uid } = metadata;
    // The uid keeps it from a pod that took the name meanwhile.
    const body = { metadata: { uid, annotations: { [runningAnnotation]: value } } };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    try {
      await this.#client.patch(path, body, { type: 'merge', fieldManager: controllerFieldManager });
    } catch (thrown) {
      const isPassed = isGofleetError(thrown) && ['kube.not-found', 'kube.conflict'].includes(thrown.code);
      if (!isPassed) throw thrown;
    }
  }
}
