import { goPodsPath, type ReportedPod, renderGoPod } from '@gofleet/inject/go-pod';
import type { KubeClient } from './client.ts';
import { unlessGone } from './unless-gone.ts';

/** A part of a GoPod, and the field manager that it belongs to. */
export interface GoPodPart {
  readonly fieldManager: string;
  /** Everything that this manager wants to own; what it owned before and leaves out is removed. */
  readonly part: Parameters<typeof renderGoPod>[1];
}

const pathOf = ({ name, namespace }: ReportedPod): string => `${goPodsPath(namespace)}/${name}`;

/**
 * Writes one manager's part of what is known of a pod, by server-side apply; the GoPod is made when there is none. A namespace that is
 * gone meanwhile is no failure.
 * @throws the `kube.…` codes of `KubeClient.patch` but `kube.not-found`
 */
export async function applyGoPod(
  client: Pick<KubeClient, 'patch'>,
  pod: ReportedPod,
  { fieldManager, part }: GoPodPart,
): Promise<void> {
  const body = renderGoPod(pod, part);
  await unlessGone(client.patch(pathOf(pod), body, { type: 'apply', fieldManager, force: true }));
}

/** An API server removes them one after the other, and is to answer in time. */
const atOnce = 250;

/**
 * Removes what is known of a namespace's pods, of which there are so many. What is written meanwhile goes with its pod.
 * @throws the `kube.…` codes of `KubeClient.delete` but `kube.not-found`
 */
export async function deleteGoPods(
  client: Pick<KubeClient, 'delete'>,
  { namespace, count }: { readonly namespace: string; readonly count: number },
): Promise<void> {
  for (let left = count; left > 0; left -= atOnce)
    await unlessGone(client.delete(goPodsPath(namespace), undefined, { limit: atOnce }));
}

/** Removes what is known of a pod. @throws the `kube.…` codes of `KubeClient.delete` but `kube.not-found` */
export async function deleteGoPod(client: Pick<KubeClient, 'delete'>, pod: ReportedPod): Promise<void> {
  await unlessGone(client.delete(pathOf(pod)));
}
