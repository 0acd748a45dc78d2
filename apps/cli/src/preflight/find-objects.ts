import { GofleetError } from '@gofleet/base/errors';
import { findPodTemplates } from '@gofleet/inject/find-pod-templates';
import type { CheckedObject } from '@gofleet/inject/preflight-input';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly short: readonly string[];
  readonly versions: readonly string[];
}

const kinds: readonly Kind[] = [
  { kind: 'Deployment', plural: 'deployments', short: ['deploy'], versions: ['apps/v1'] },
  { kind: 'StatefulSet', plural: 'statefulsets', short: ['sts'], versions: ['apps/v1'] },
  { kind: 'DaemonSet', plural: 'daemonsets', short: ['ds'], versions: ['apps/v1'] },
  // Kubernetes 1.20 serves the second only.
  { kind: 'CronJob', plural: 'cronjobs', short: ['cj'], versions: ['batch/v1', 'batch/v1beta1'] },
  { kind: 'Job', plural: 'jobs', short: [], versions: ['batch/v1'] },
  { kind: 'Pod', plural: 'pods', short: ['po'], versions: ['v1'] },
];

function pathOf(version: string, namespace: string, plural: string): string {
  const base = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  return `${base}/namespaces/${namespace}/${plural}`;
}

/** The objects of a value as manifests or the API have it, as checks read them; `namespace` of those that name none. */
export function toCheckedObjects(value: unknown, namespace: string): readonly CheckedObject[] {
  return findPodTemplates(value).map(({ kind, name, at, template, ...found }) => {
    const object = at.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
    const { spec } = object as { readonly spec?: CheckedObject['spec'] };
    return {
      kind,
      name,
      namespace: found.namespace ?? namespace,
      template: template as CheckedObject['template'],
      ...(kind === 'Pod' || spec === undefined ? {} : { spec }),
    };
  });
}

const isOwned = ({ metadata }: KubeObject): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;

/** Pods and Jobs that something else makes are checked by what makes them. */
async function listKind(client: KubeClient, { kind, plural, versions }: Kind, namespace: string) {
  for (const apiVersion of versions) {
    const found = await unlessGone(client.list<KubeObject>(pathOf(apiVersion, namespace, plural)));
    if (found)
      return found.items
        .filter((item) => !isOwned(item))
        .flatMap((item) => toCheckedObjects({ ...item, apiVersion, kind }, namespace));
  }
  return [];
}

/** Everything in a namespace that makes pods, and its bare pods. */
export async function listObjects(client: KubeClient, namespace: string): Promise<readonly CheckedObject[]> {
  return (await Promise.all(kinds.map((kind) => listKind(client, kind, namespace)))).flat();
}

function kindsOf(word: string, asked: string): readonly Kind[] {
  const lower = word.toLowerCase();
  const found = kinds.filter(
    ({ kind, plural, short }) => kind.toLowerCase() === lower || plural === lower || short.includes(lower),
  );
  if (found.length > 0) return found;
  throw new GofleetError('cli.usage', `"${asked}": expected KIND/NAME, found the kind "${word}"`, {
    hint: `kinds are ${kinds.map(({ kind }) => kind.toLowerCase()).join(', ')}`,
  });
}

/**
 * One object by `KIND/NAME`, or by a name alone: the first workload or pod of that name.
 * @throws `cli.usage` for an unknown kind, `cli.no-such-object`
 */
export async function findObject(
  client: KubeClient,
  namespace: string,
  asked: string,
): Promise<readonly CheckedObject[]> {
  const [first = '', second] = asked.split('/', 2);
  const candidates = second === undefined ? kinds : kindsOf(first, asked);
  for (const { kind, plural, versions } of candidates)
    for (const apiVersion of versions) {
      const path = `${pathOf(apiVersion, namespace, plural)}/${encodeURIComponent(second ?? first)}`;
      const found = await unlessGone(client.get<KubeObject>(path));
      if (found) return toCheckedObjects({ ...found, apiVersion, kind }, namespace);
    }
  throw new GofleetError('cli.no-such-object', `namespace ${namespace} has no ${asked}`, {
    facts: { namespace, asked },
    hint: `kubectl get deploy,sts,ds,cronjob,job,pod -n ${namespace}`,
  });
}
