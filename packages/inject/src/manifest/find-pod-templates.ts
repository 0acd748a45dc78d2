import { GofleetError } from '@gofleet/base/errors';
import type { PodTemplate } from '../admission/pod.ts';
import { serviceVersionApi } from '../rollout/service-version.ts';

/** A pod, or the template that pods are made from, inside an object. */
export interface FoundTemplate {
  readonly kind: string;
  readonly name: string;
  /** As the object has it; absent when it leaves that to who applies it. */
  readonly namespace?: string;
  /** Where the object stands in the document, which may be a list. */
  readonly at: readonly (string | number)[];
  /** Where the template stands in the object. */
  readonly path: readonly string[];
  readonly template: PodTemplate;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where each kind keeps the template of its pods, by API group. */
const templatePaths: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '': { Pod: [], PodTemplate: ['template'], ReplicationController: ['spec', 'template'] },
  apps: {
    Deployment: ['spec', 'template'],
    StatefulSet: ['spec', 'template'],
    DaemonSet: ['spec', 'template'],
    ReplicaSet: ['spec', 'template'],
  },
  batch: { Job: ['spec', 'template'], CronJob: ['spec', 'jobTemplate', 'spec', 'template'] },
};

const maxListDepth = 8;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function malformed(at: readonly (string | number)[], what: string): GofleetError {
  const place = at.length === 0 ? 'the object' : at.join('.');
  return new GofleetError('inject.malformed-manifest', `${place}: expected ${what}`, {
    facts: { place },
    hint: 'see "kubectl explain pod.spec"',
  });
}

function follow(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isFields(inner) ? inner[key] : undefined), value);
}

function checkTexts(value: unknown, at: readonly (string | number)[]): void {
  if (value === undefined || value === null) return;
  if (!isFields(value) || Object.values(value).some((each) => typeof each !== 'string'))
    throw malformed(at, 'a map of texts; quote numbers and true or false');
}

function checkList(
  value: unknown,
  at: readonly (string | number)[],
  keys: readonly string[],
): readonly Fields[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(at, 'a list');
  for (const [index, entry] of value.entries())
    for (const key of keys)
      if (!isFields(entry) || typeof entry[key] !== 'string') throw malformed([...at, index, key], 'a text');
  return value as Fields[];
}

/** Nulls count as absent, as they do for the API server. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  if (!isFields(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)])) as T;
}

/** The lists of a container that are looked into, with the texts that their entries must have. */
const listsOfContainers: Readonly<Record<string, readonly string[]>> = {
  volumeMounts: ['name', 'mountPath'],
  env: ['name'],
  envFrom: [],
  ports: [],
};

function parseTemplate(value: unknown, at: readonly (string | number)[]): PodTemplate {
  if (!isFields(value) || !isFields(value.spec)) throw malformed([...at, 'spec'], 'the spec of a pod');
  const { metadata, spec } = value;
  if (metadata !== undefined && metadata !== null && !isFields(metadata))
    throw malformed([...at, 'metadata'], 'an object');
  for (const key of ['labels', 'annotations']) checkTexts(follow(metadata, [key]), [...at, 'metadata', key]);
  const containers = checkList(spec.containers, [...at, 'spec', 'containers'], ['name']);
  if (containers.length === 0) throw malformed([...at, 'spec', 'containers'], 'at least one container');
  checkList(spec.initContainers, [...at, 'spec', 'initContainers'], ['name']);
  for (const [index, container] of containers.entries())
    for (const [field, keys] of Object.entries(listsOfContainers))
      checkList(container[field], [...at, 'spec', 'containers', index, field], keys);
  checkList(spec.volumes, [...at, 'spec', 'volumes'], ['name']);
  const sysctls = ['securityContext', 'sysctls'];
  checkList(follow(spec, sysctls), [...at, 'spec', ...sysctls], ['name']);
  return withoutNulls(value) as unknown as PodTemplate;
}

function findInList(
  { kind, apiVersion, items }: Fields,
  at: readonly (string | number)[],
): readonly FoundTemplate[] {
  if (at.length > maxListDepth) throw malformed(at, `at most ${maxListDepth / 2} lists in lists`);
  if (!Array.isArray(items)) throw malformed([...at, 'items'], 'a list');
  // Entries of a PodList do not say what they are.
  const implied = kind === 'List' ? {} : { apiVersion, kind: String(kind).slice(0, -'List'.length) };
  return items.flatMap((item: unknown, index) =>
    isFields(item) ? findPodTemplates({ ...implied, ...item }, [...at, 'items', index]) : [],
  );
}

/** A ClusterServiceVersion lists what OLM makes Deployments from: name and spec, without a kind. */
function findInServiceVersion(object: Fields, at: readonly (string | number)[]): readonly FoundTemplate[] {
  const path = ['spec', 'install', 'spec', 'deployments'];
  const deployments = checkList(follow(object, path), [...at, ...path], ['name']);
  const { namespace } = isFields(object.metadata) ? object.metadata : {};
  return deployments.flatMap(({ name, spec }, index) =>
    findPodTemplates({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec }, [
      ...at,
      ...path,
      index,
    ]),
  );
}

/**
 * Every pod and pod template of an object as manifests have it, those of lists included; none for objects that make no pods.
 * @throws `inject.malformed-manifest` when what should be a pod has another shape
 */
export function findPodTemplates(
  object: unknown,
  at: readonly (string | number)[] = [],
): readonly FoundTemplate[] {
  if (!isFields(object) || typeof object.kind !== 'string' || typeof object.apiVersion !== 'string')
    return [];
  if (object.kind.endsWith('List')) return findInList(object, at);
  const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/', 1)[0] ?? '') : '';
  if (group === serviceVersionApi.group && object.kind === serviceVersionApi.kind)
    return findInServiceVersion(object, at);
  const path = templatePaths[group]?.[object.kind];
  if (path === undefined) return [];
  const { name, generateName, namespace } = isFields(object.metadata) ? object.metadata : {};
  return [
    {
      kind: object.kind,
      name: String(name ?? generateName ?? ''),
      ...(typeof namespace === 'string' ? { namespace } : {}),
      at,
      path,
      template: parseTemplate(follow(object, path), [...at, ...path]),
    },
  ];
}
