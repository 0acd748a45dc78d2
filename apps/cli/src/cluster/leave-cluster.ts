import { GofleetError } from '@gofleet/base/errors';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi, inCluster } from '@gofleet/inject/in-cluster';
import { renderManifests } from '@gofleet/inject/manifests';
import type { PodTemplate } from '@gofleet/inject/pod';
import { type LivingPod, mayBeMounted } from '@gofleet/inject/pod-life';
import type { KubeClient } from '@gofleet/kube/client';
import { type KubeObject, keyOf } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import type { Context } from '../context.ts';
import { waitFor } from '../wait-for.ts';
import { manifestPath } from './manifest-path.ts';

/** How an installation is left. */
export interface Leaving {
  readonly client: KubeClient;
  readonly context: Pick<Context, 'progress' | 'signal'>;
  readonly timeoutMs: number;
  /** Does not wait for pods to be restored, and leaves those that still run an artefact behind. */
  readonly force: boolean;
}

type Runtime = GoRuntime & KubeObject;

const { group, version, plural } = goRuntimeApi;
const runtimesPath = `/apis/${group}/${version}/${plural}`;

const pathOf = ({ metadata }: Runtime): string =>
  `/apis/${group}/${version}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`;

async function listRuntimes(client: KubeClient): Promise<readonly Runtime[]> {
  return (await unlessGone(client.list<Runtime>(runtimesPath)))?.items ?? [];
}

/** A wish that leaves restarts to others would leave its artefacts in running pods; leaving needs them out. */
async function releaseOne(client: KubeClient, runtime: Runtime, force: boolean): Promise<void> {
  const patch = force ? { metadata: { finalizers: null } } : { spec: { rollout: { strategy: 'Automatic' } } };
  if (force || runtime.spec.rollout?.strategy === 'OnRestart')
    await unlessGone(client.patch(pathOf(runtime), patch, { type: 'merge', fieldManager: 'gofleet' }));
  await unlessGone(client.delete(pathOf(runtime)));
}

/**
 * Deletes every GoRuntime and waits until its pods run their originals again; returns how many there were.
 * @throws `cli.timeout`
 */
export async function deleteRuntimes({ client, context, timeoutMs, force }: Leaving): Promise<number> {
  const runtimes = await listRuntimes(client);
  for (const runtime of runtimes) await releaseOne(client, runtime, force);
  await waitFor({
    what: 'the GoRuntimes to be restored',
    timeoutMs,
    signal: context.signal,
    hint: 'see "kubectl get events"; with --force they are dropped without restoring',
    probe: async () => {
      const left = await listRuntimes(client);
      const step = 'restoring the pods of every GoRuntime';
      const message = left.map(keyOf).slice(0, 3).join(', ');
      context.progress.report({ step, done: runtimes.length - left.length, total: runtimes.length, message });
      return left.length === 0 ? true : undefined;
    },
  });
  return runtimes.length;
}

type Pod = KubeObject & PodTemplate & LivingPod;

/** Pods that kubelet would have to unmount artefacts from; those that ended by themselves are unmounted already. */
async function listMounted(client: KubeClient): Promise<readonly Pod[]> {
  const { items } = await client.list<Pod>('/api/v1/pods');
  return items.filter((pod) => {
    const isOurs = pod.spec.volumes?.some(({ csi }) => csi?.driver === inCluster.csiDriver) ?? false;
    return isOurs && mayBeMounted(pod);
  });
}

/**
 * Waits for pods that are on their way out, and refuses to go on while others have artefacts mounted: without the node plugin, kubelet
 * could not unmount them.
 * @throws `cli.still-injected`, `cli.timeout`
 */
export async function checkNothingMounted({ client, context, timeoutMs, force }: Leaving): Promise<void> {
  if (force) return;
  await waitFor({
    what: 'the last pods with artefacts to end',
    timeoutMs,
    signal: context.signal,
    probe: async () => {
      const mounted = await listMounted(client);
      const staying = mounted.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      if (staying.length > 0) throw stillInjected(staying);
      return mounted.length === 0 ? true : undefined;
    },
  });
}

function stillInjected(pods: readonly Pod[]): GofleetError {
  const names = pods.slice(0, 5).map(keyOf).join(', ');
  return new GofleetError(
    'cli.still-injected',
    `${pods.length} pods still have artefacts mounted: ${names}`,
    {
      hint: 'nothing replaces these pods by itself: restart them, then uninstall again',
    },
  );
}

/** Whether there was something to delete. */
async function deleteAndWait(
  { client, context, timeoutMs }: Leaving,
  path: string,
  policy: 'Foreground' | 'Background' = 'Background',
): Promise<boolean> {
  const deleted = await unlessGone(client.delete(path, { propagationPolicy: policy }));
  if (deleted === undefined) return false;
  await waitFor({
    what: `${path} to go`,
    timeoutMs,
    signal: context.signal,
    probe: async () => ((await unlessGone(client.get(path))) === undefined ? true : undefined),
  });
  return true;
}

/**
 * Removes every object of an installation; returns how many there were. The webhook configuration goes first, then the node plugin with its pods, which clean their
 * nodes as they end; what they need for that goes last.
 * @throws `cli.timeout`
 */
export async function removeManifests(leaving: Leaving): Promise<number> {
  const manifests = renderManifests({ image: '' });
  const first = ['MutatingWebhookConfiguration', 'DaemonSet', 'Deployment'];
  const rank = (kind: string): number => (first.includes(kind) ? first.indexOf(kind) : first.length);
  const ordered = [...manifests].reverse().sort((a, b) => rank(a.kind) - rank(b.kind));
  let removed = 0;
  for (const [done, manifest] of ordered.entries()) {
    const message = `${manifest.kind} ${manifest.metadata.name}`;
    leaving.context.progress.report({ step: 'removing gofleet', done, total: ordered.length, message });
    const waitsForPods = manifest.kind === 'DaemonSet' || manifest.kind === 'Deployment';
    const isGone = await deleteAndWait(
      leaving,
      manifestPath(manifest),
      waitsForPods ? 'Foreground' : 'Background',
    );
    removed += isGone ? 1 : 0;
  }
  return removed;
}
