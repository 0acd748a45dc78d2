import type { GoRuntime, GoRuntimeSpec, VersionSource } from '../go-runtime.ts';
import { sourceOfChannel } from './go-channel.ts';

/** The object that says a wish's version: the one that it names, or its channel; `undefined` when it says the version itself. */
export function sourceOf({ spec }: GoRuntime): VersionSource | undefined {
  const { from, channel } = spec.runtime ?? {};
  return from ?? (channel === undefined ? undefined : sourceOfChannel(channel));
}

/** The version or constraint that a GoRuntime wishes now, wherever it is said; `undefined` while nobody has read it. */
export function wishedVersion(runtime: GoRuntime): string | undefined {
  const { spec, status } = runtime;
  return sourceOf(runtime) === undefined ? spec.runtime?.goVersion : status?.declaration?.goVersion;
}

/** How a wish names its Go version in a sentence: the version, or where it is to be read. */
export function wishedWords(runtime: GoRuntime): string {
  const { kind, name, fieldPath } = sourceOf(runtime) ?? {};
  return wishedVersion(runtime) ?? `of ${kind} ${name} ${fieldPath}`;
}

/** A spec whose version is known. */
export type KnownSpec = Omit<GoRuntimeSpec, 'runtime'> & { readonly runtime: { readonly goVersion: string } };

/** The spec with the version that is wished now; `undefined` while nobody has read it. */
export function knownSpec(runtime: GoRuntime): KnownSpec | undefined {
  const goVersion = wishedVersion(runtime);
  return goVersion === undefined ? undefined : { ...runtime.spec, runtime: { goVersion } };
}
