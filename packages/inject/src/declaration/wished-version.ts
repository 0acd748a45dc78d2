import type { GoRuntime, GoRuntimeSpec } from '../go-runtime.ts';

/** The version or constraint that a GoRuntime wishes now, wherever it is said; `undefined` while nobody has read it. */
export function wishedVersion({ spec, status }: GoRuntime): string | undefined {
  return spec.runtime.from === undefined ? spec.runtime.goVersion : status?.declaration?.goVersion;
}

/** How a wish names its Go version in a sentence: the version, or where it is to be read. */
export function wishedWords(runtime: GoRuntime): string {
  const { kind, name, fieldPath } = runtime.spec.runtime.from ?? {};
  return wishedVersion(runtime) ?? `of ${kind} ${name} ${fieldPath}`;
}

/** A spec whose version is known. */
export type KnownSpec = Omit<GoRuntimeSpec, 'runtime'> & { readonly runtime: { readonly goVersion: string } };

/** The spec with the version that is wished now; `undefined` while nobody has read it. */
export function knownSpec(runtime: GoRuntime): KnownSpec | undefined {
  const goVersion = wishedVersion(runtime);
  return goVersion === undefined ? undefined : { ...runtime.spec, runtime: { goVersion } };
}
