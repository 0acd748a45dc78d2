import { withDeclaration } from '@gofleet/inject/declare-version';
import { isChannel } from '@gofleet/inject/go-channel';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { sourceOf } from '@gofleet/inject/wished-version';

interface Named {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
}

/**
 * The GoRuntime with the version that one of the objects says for it; as it is when its source is not among them. An object without a
 * namespace is in the given one, or of the cluster.
 */
export function declareFrom(runtime: GoRuntime, objects: readonly unknown[], namespace: string): GoRuntime {
  const from = sourceOf(runtime);
  if (from === undefined) return runtime;
  const wanted = from.namespace ?? runtime.metadata.namespace;
  const object = objects.find((each) => {
    const { apiVersion, kind, metadata } = (each ?? {}) as Named;
    const isKind = apiVersion === from.apiVersion && kind === from.kind && metadata?.name === from.name;
    return isKind && (isChannel(from) || (metadata?.namespace ?? namespace) === wanted);
  });
  return object === undefined ? runtime : withDeclaration(runtime, { state: 'found', object });
}
