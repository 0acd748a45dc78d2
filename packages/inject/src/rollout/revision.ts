import { createHash } from 'node:crypto';
import { targetOf } from '../admission/choose-artefact.ts';
import { wishedVersion } from '../declaration/wished-version.ts';
import type { GoRuntime, GoRuntimeSpec } from '../go-runtime.ts';

/** The fields of a wish that say what pods get; all others say which pods, when and how. */
type Wish = Pick<GoRuntimeSpec, 'mode' | 'godebug' | 'switches' | 'toolchain'> & {
  readonly runtime: { readonly goVersion: string };
};

/** What a wish means at one time: enough to give it to a pod again later. */
export interface Revision {
  /** `go1.26.8`, or for what no release says alone, a part of a digest: `godebug-1a2b3c4d`. */
  readonly id: string;
  readonly wish: Wish;
}

function digestOf(value: unknown): string {
  const sorted = (_: string, field: unknown): unknown =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field;
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('hex').slice(0, 8);
}

/** What a wish means now; `undefined` until its Go version is resolved. */
export function revisionOf(runtime: GoRuntime): Revision | undefined {
  const { mode = 'relink', godebug, switches, toolchain } = runtime.spec;
  const told = switches === undefined ? {} : { switches };
  const goVersion = mode === 'relink' ? targetOf(runtime) : wishedVersion(runtime);
  if (goVersion === undefined) return undefined;
  if (mode === 'relink') {
    const id = switches === undefined ? goVersion : `${goVersion}-${digestOf(switches)}`;
    return { id, wish: { mode, runtime: { goVersion }, ...told } };
  }
  const wish = {
    mode,
    runtime: { goVersion },
    ...told,
    ...(godebug === undefined ? {} : { godebug }),
    ...(toolchain === undefined ? {} : { toolchain }),
  };
  return { id: `${mode}-${digestOf(wish)}`, wish };
}

/** The wish as it was at a revision; `undefined`: as if nothing had been built for it, so that pods keep what their images hold. */
export function runtimeAt(runtime: GoRuntime, revision: Revision | undefined): GoRuntime {
  const { runtime: _, mode: __, godebug: ___, switches: ____, toolchain: _____, ...spec } = runtime.spec;
  if (revision === undefined) {
    const { resolution: ______, ...status } = runtime.status ?? {};
    return {
      ...runtime,
      spec: { ...spec, mode: 'relink', runtime: runtime.spec.runtime },
      status: { ...status, builds: [] },
    };
  }
  const { goVersion } = revision.wish.runtime;
  const builds = (runtime.status?.builds ?? []).filter((build) => build.goVersion === goVersion);
  return {
    ...runtime,
    spec: { ...spec, ...revision.wish },
    status: { ...runtime.status, builds, resolution: { requested: goVersion, goVersion } },
  };
}
