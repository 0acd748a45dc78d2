import { isDeepStrictEqual } from 'node:util';
import { wishFieldManager } from '@gofleet/inject/field-managers';
import { type GoPod, isReportOn, type WishReport } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { PodStatus } from '@gofleet/inject/runtime-status';
import { applyGoPod, deleteGoPod, deleteGoPods } from '@gofleet/kube/apply-go-pod';
import type { KubeClient } from '@gofleet/kube/client';
import { inParallel } from '../in-parallel.ts';
import type { Pod } from '../state/pod.ts';

/** What is to be written, so that GoPods say what the controller judged. */
export interface ReportChange {
  readonly pod: Pick<Pod, 'metadata'>;
  /** `undefined`: no wish has anything to say of the pod any more. */
  readonly wishes: readonly WishReport[] | undefined;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function reportOf(runtime: string, status: PodStatus): WishReport {
  const { container, desired, delivered, phase, reason } = status;
  return plain({ runtime, container, desired, delivered, phase, reason }) as WishReport;
}

/** The GoPods in which a wish is to say something else than it does. Pods that it does not judge any more lose its part. */
export function planReports(
  { metadata: { name } }: GoRuntime,
  statuses: readonly PodStatus[],
  { pods, reports }: { readonly pods: readonly Pod[]; readonly reports: ReadonlyMap<string, GoPod> },
): readonly ReportChange[] {
  const byPod = Map.groupBy(statuses, ({ pod }) => pod);
  const judged = pods.flatMap((pod): ReportChange[] => {
    const wishes = byPod.get(pod.metadata.name)?.map((status) => reportOf(name, status));
    if (wishes === undefined) return [];
    const report = reports.get(pod.metadata.name);
    const known = report?.wishes?.filter(({ runtime }) => runtime === name) ?? [];
    const isKnown =
      report !== undefined && isReportOn(report, pod.metadata.uid) && isDeepStrictEqual(known, wishes);
    return isKnown ? [] : [{ pod, wishes }];
  });
  const left = [...reports.values()].flatMap((report): ReportChange[] => {
    const { metadata, wishes = [] } = report;
    if (byPod.has(metadata.name) || !wishes.some(({ runtime }) => runtime === name)) return [];
    const isLast = wishes.every(({ runtime }) => runtime === name);
    return [{ pod: { metadata: ownerOf(report) }, wishes: isLast ? undefined : [] }];
  });
  return [...judged, ...left];
}

function ownerOf({ metadata: { name, namespace, ownerReferences } }: GoPod): Pod['metadata'] {
  const uid = ownerReferences?.[0]?.uid;
  return { name, namespace, ...(uid === undefined ? {} : { uid }) };
}

/** Writes what the controller judged into GoPods, a few at the same time. */
export class ReportWriter {
  readonly #client: Pick<KubeClient, 'patch' | 'delete'>;

  constructor(client: Pick<KubeClient, 'patch' | 'delete'>) {
    this.#client = client;
  }

  async write({ metadata }: GoRuntime, changes: readonly ReportChange[]): Promise<void> {
    const fieldManager = wishFieldManager(metadata);
    await inParallel(changes, (change) => this.#write(fieldManager, change));
  }

  /** Removes everything that is known of a namespace's pods. */
  async forget(namespace: string, reports: ReadonlyMap<string, GoPod>): Promise<void> {
    await deleteGoPods(this.#client, { namespace, count: reports.size });
  }

  async #write(fieldManager: string, { pod, wishes }: ReportChange): Promise<void> {
    if (wishes === undefined) return await deleteGoPod(this.#client, pod.metadata);
    await applyGoPod(this.#client, pod.metadata, { fieldManager, part: { wishes } });
  }
}
