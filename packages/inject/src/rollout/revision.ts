import { createHash } from 'node:crypto';
import { targetOf } from '../admission/choose-artefact.ts';
import { wishedVersion } from '../declaration/wished-version.ts';
import type { GoRuntime, GoRuntimeSpec } from '../go-runtime.ts';
import { wishedLibrary } from '../library/choose-library.ts';
import { type GoLibrary, libraryName } from '../library/library.ts';

/** The fields of a wish that say what pods get besides the version and the mode; all others say which pods, when and how. */
const given = ['godebug', 'switches', 'toolchain', 'identity', 'sandbox'] as const;

/** All of them that a revision brings itself. */
const isOfRevision: ReadonlySet<string> = new Set([...given, 'libgo']);

type Given = Pick<GoRuntimeSpec, (typeof given)[number]>;

type Wish = Given &
  Pick<GoRuntimeSpec, 'mode' | 'libgo'> & {
    readonly runtime?: { readonly goVersion: string };
    /** What mode `libgo` had mounted, whatever its image's name means now. */
    readonly library?: GoLibrary;
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

/** What a wish gives, as far as its mode looks at it. */
function givenBy({ mode = 'relink', ...spec }: GoRuntimeSpec): Given {
  const looked = given.filter((name) => {
    if (mode === 'libgo') return name === 'sandbox';
    if (name === 'godebug' || name === 'toolchain') return mode !== 'relink';
    return name !== 'identity' || mode === 'relink';
  });
  return Object.fromEntries(looked.flatMap((name) => (spec[name] === undefined ? [] : [[name, spec[name]]])));
}

function libraryRevision(runtime: GoRuntime): Revision | undefined {
  const { libgo, mode = 'libgo' } = runtime.spec;
  const library = wishedLibrary(runtime);
  if (libgo === undefined || library === undefined) return undefined;
  const more = givenBy(runtime.spec);
  const name = libraryName(library);
  const id = Object.keys(more).length === 0 ? name : `${name}-${digestOf(more)}`;
  return { id, wish: { mode, libgo, library, ...more } };
}

/** What a wish means now; `undefined` until its Go version is resolved, or its library fetched. */
export function revisionOf(runtime: GoRuntime): Revision | undefined {
  const { mode = 'relink' } = runtime.spec;
  if (mode === 'libgo') return libraryRevision(runtime);
  const goVersion = mode === 'relink' ? targetOf(runtime) : wishedVersion(runtime);
  if (goVersion === undefined) return undefined;
  const more = givenBy(runtime.spec);
  const wish = { mode, runtime: { goVersion }, ...more };
  if (mode !== 'relink') return { id: `${mode}-${digestOf(wish)}`, wish };
  const isBare = Object.keys(more).length === 0;
  return { id: isBare ? goVersion : `${goVersion}-${digestOf(more)}`, wish };
}

/** The wish as it was at a revision; `undefined`: as if nothing had been built for it, so that pods keep what their images hold. */
export function runtimeAt(runtime: GoRuntime, revision: Revision | undefined): GoRuntime {
  const kept = Object.entries(runtime.spec).filter(([name]) => !isOfRevision.has(name));
  const spec = Object.fromEntries(kept) as unknown as GoRuntimeSpec;
  if (revision === undefined) {
    const { resolution: _, ...status } = runtime.status ?? {};
    return { ...runtime, spec: { ...spec, mode: 'relink' }, status: { ...status, builds: [] } };
  }
  const { library, ...wish } = revision.wish;
  if (library !== undefined && wish.libgo !== undefined)
    return {
      ...runtime,
      spec: { ...spec, ...wish },
      status: { ...runtime.status, library: { ...library, ...wish.libgo } },
    };
  const { goVersion = '' } = wish.runtime ?? {};
  const builds = (runtime.status?.builds ?? []).filter((build) => build.goVersion === goVersion);
  return {
    ...runtime,
    spec: { ...spec, ...wish },
    status: { ...runtime.status, builds, resolution: { requested: goVersion, goVersion } },
  };
}
