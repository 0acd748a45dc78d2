import type { DeliverableNode } from '@gofleet/inject/deliverable-node';
import { type ContainerExplanation, explainInjection } from '@gofleet/inject/explain-injection';
import { type FoundTemplate, findPodTemplates } from '@gofleet/inject/find-pod-templates';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { type JsonPatchOperation, jsonPointer } from '@gofleet/inject/json-patch';
import type { Document } from 'yaml';
import { patchDocument } from './patch-document.ts';
import type { ManifestDocument } from './read-manifests.ts';

/** A pod or a maker of pods, and what the webhook does to its pods. */
export interface InjectedObject {
  readonly source: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Whether the API server asks the webhook about its pods at all. */
  readonly isSent: boolean;
  readonly containers: readonly ContainerExplanation[];
  /** JSON Patch of the object: for a pod, what the webhook answers; else the same below its template. */
  readonly patch: readonly JsonPatchOperation[];
}

/** Manifests after the webhook, and what it did. */
export interface InjectedManifests {
  readonly objects: readonly InjectedObject[];
  readonly documents: readonly Document[];
}

/** What to inject into what. */
export interface InjectionInput {
  readonly documents: readonly ManifestDocument[];
  readonly runtimes: readonly GoRuntime[];
  /** By which deliveries are chosen; when absent, CSI is taken to work everywhere. */
  readonly nodes?: readonly DeliverableNode[];
  /** Of objects that name none. */
  readonly namespace: string;
}

function injectTemplate(
  source: string,
  { kind, name, namespace, path, template }: FoundTemplate & { readonly namespace: string },
  { runtimes, nodes }: Pick<InjectionInput, 'runtimes' | 'nodes'>,
): InjectedObject {
  const siblings = runtimes.filter(({ metadata }) => metadata.namespace === namespace);
  const { isSent, operations, containers } = explainInjection(template, siblings, nodes);
  const prefix = jsonPointer(...path);
  const patch = operations.map((operation) => ({ ...operation, path: `${prefix}${operation.path}` }));
  return { source, kind, namespace, name, isSent, containers, patch };
}

/**
 * What the webhook would do to the pods of manifests, by the planner that it answers with.
 * @throws `inject.malformed-manifest`
 */
export function injectManifests({ documents, namespace, ...known }: InjectionInput): InjectedManifests {
  const objects: InjectedObject[] = [];
  const patched = documents.map(({ source, document, value }) => {
    let result = document;
    for (const found of findPodTemplates(value)) {
      const object = injectTemplate(source, { ...found, namespace: found.namespace ?? namespace }, known);
      objects.push(object);
      result = patchDocument(result, found.at, object.patch);
    }
    return result;
  });
  return { objects, documents: patched };
}
