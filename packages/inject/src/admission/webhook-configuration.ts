import { createHash } from 'node:crypto';
import type { GoRuntime } from '../go-runtime.ts';
import { inCluster } from '../in-cluster.ts';
import { hasReadyLibrary } from '../library/want-library.ts';
import { selectorProblem } from '../match-selector.ts';
import { chooseReleases } from '../toolchain/choose-releases.ts';
import { hasReadyArtefact, targetOf } from './choose-artefact.ts';
import { selectsPod } from './claim-containers.ts';
import type { PodTemplate } from './pod.ts';

/** The Service that the API server calls. */
export const webhookService = { name: 'gofleet-webhook', port: 443, path: '/mutate' } as const;

/** What the API server gives every namespace since Kubernetes 1.21. */
export const namespaceNameLabel = 'kubernetes.io/metadata.name';

const suffix = 'inject.gofleet.dev';

/** A fully qualified name of at most 253 characters, unique per wish: a namespace has no dots. */
function entryName(name: string, namespace: string): string {
  const readable = `${name}.${namespace}.${suffix}`;
  if (readable.length <= 253) return readable;
  return `${createHash('sha256').update(name).digest('hex').slice(0, 16)}.${namespace}.${suffix}`;
}

/** Operators that run on the wished Go already are told things all the same. */
function mayBeTold(runtime: GoRuntime): boolean {
  const target = targetOf(runtime);
  const binaries = runtime.status?.binaries ?? [];
  return runtime.spec.switches !== undefined && binaries.some(({ goVersion }) => goVersion === target);
}

function hasSomething(runtime: GoRuntime): boolean {
  if (runtime.spec.sandbox !== undefined) return true;
  if (runtime.spec.mode === 'toolchain') return 'releases' in chooseReleases(runtime);
  if (runtime.spec.mode === 'libgo') return hasReadyLibrary(runtime);
  if (runtime.spec.mode === 'godebug') return (runtime.status?.binaries ?? []).length > 0;
  return hasReadyArtefact(runtime) || mayBeTold(runtime);
}

/** Whether the API server should send the pods of a wish: it is not being deleted, selects something, and has something to mount, to set or to add. */
export function isServed(runtime: GoRuntime): boolean {
  return (
    runtime.metadata.deletionTimestamp === undefined &&
    selectorProblem(runtime.spec.selector) === undefined &&
    hasSomething(runtime)
  );
}

/** Whether the API server sends a pod of a namespace to the webhook, by the entries of its wishes. */
export function isSent(pod: PodTemplate, runtimes: readonly GoRuntime[]): boolean {
  return runtimes.some((runtime) => isServed(runtime) && selectsPod(runtime, pod));
}

function entryOf(
  { metadata, spec }: GoRuntime,
  { caBundle, byNamespace }: { readonly caBundle: string; readonly byNamespace: boolean },
): Record<string, unknown> {
  const { matchLabels, matchExpressions = [] } = spec.selector;
  const optOut = { key: inCluster.optOutLabel, operator: 'NotIn', values: ['false'] };
  return {
    name: entryName(metadata.name, metadata.namespace),
    admissionReviewVersions: ['v1'],
    clientConfig: {
      caBundle,
      service: {
        namespace: inCluster.namespace,
        name: webhookService.name,
        port: webhookService.port,
        path: webhookService.path,
      },
    },
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['pods'],
        scope: 'Namespaced',
      },
    ],
    ...(byNamespace
      ? {
          namespaceSelector: {
            matchExpressions: [{ key: namespaceNameLabel, operator: 'In', values: [metadata.namespace] }],
          },
        }
      : {}),
    objectSelector: {
      ...(matchLabels === undefined ? {} : { matchLabels }),
      matchExpressions: [...matchExpressions, optOut],
    },
    failurePolicy: 'Ignore',
    matchPolicy: 'Equivalent',
    reinvocationPolicy: 'IfNeeded',
    sideEffects: 'None',
    timeoutSeconds: 2,
  };
}

/**
 * The `webhooks` of the mutating webhook configuration: one entry per GoRuntime that is served, in the order of their names, so that
 * pods that no wish selects never reach gofleet. `caBundle` is base64 of PEM. Where namespaces have no label with their name
 * (`byNamespace: false`), pods of other namespaces with the same labels are sent too, and answered with nothing.
 */
export function renderWebhooks(
  runtimes: readonly GoRuntime[],
  { caBundle, byNamespace = true }: { readonly caBundle: string; readonly byNamespace?: boolean },
): readonly Record<string, unknown>[] {
  const key = ({ metadata }: GoRuntime): string => `${metadata.namespace}/${metadata.name}`;
  return runtimes
    .filter(isServed)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map((runtime) => entryOf(runtime, { caBundle, byNamespace }));
}
