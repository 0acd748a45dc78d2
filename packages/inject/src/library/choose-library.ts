import type { GoRuntime } from '../go-runtime.ts';
import type { GoLibrary, LibraryCheck, LibraryStatus, ObservedLibrary } from './library.ts';

/** What the builder says of exactly the library that is wished now; `undefined` until it has looked at that. */
export function currentLibrary({ spec, status }: GoRuntime): LibraryStatus | undefined {
  const { library } = status ?? {};
  const isMeant = library?.image === spec.libgo?.image && library?.path === spec.libgo?.path;
  return isMeant ? library : undefined;
}

/** The library that a wish of mode libgo may have mounted; `undefined` until there is one. */
export function wishedLibrary(runtime: GoRuntime): GoLibrary | undefined {
  const found = runtime.spec.mode === 'libgo' ? currentLibrary(runtime) : undefined;
  if (!found) return undefined;
  const { image: _, path: __, problem: ___, ...library } = found;
  const { artefact, soname, sizeBytes, arch } = library;
  const isWhole =
    artefact !== undefined && soname !== undefined && sizeBytes !== undefined && arch !== undefined;
  return isWhole ? { ...library, artefact, soname, sizeBytes, arch } : undefined;
}

/** The libraries that programs of an image, as the pod's spec writes it, were found to run on. */
export function librariesOf({ status }: GoRuntime, image: string | undefined): readonly ObservedLibrary[] {
  return (status?.libraries ?? []).filter((library) => library.image === image);
}

/** The wished library where an image holds it itself, so that nothing is mounted there: of the one at a path, or of any. */
export function ownLibrary(
  runtime: GoRuntime,
  image: string | undefined,
  path?: string,
): ObservedLibrary | undefined {
  const wished = wishedLibrary(runtime);
  return librariesOf(runtime, image).find(
    (each) => each.sha256 === wished?.artefact && (path === undefined || each.path === path),
  );
}

/** What a node found out about a library for a program; `undefined` until one has looked. */
export function checkOf({ checks = [] }: ObservedLibrary, artefact: string): LibraryCheck | undefined {
  return checks.find((check) => check.artefact === artefact);
}

/** Whether nothing is left to be found out about a program: its image has the library, or a node has looked whether it fits. */
export function isChecked(observed: ObservedLibrary, { artefact }: Pick<GoLibrary, 'artefact'>): boolean {
  return observed.sha256 === artefact || checkOf(observed, artefact) !== undefined;
}

/** The libraries that a wish may have mounted: the one of now, and those that its roll-out holds. */
export function heldLibraries({ status }: Pick<GoRuntime, 'status'>): readonly LibraryStatus[] {
  const { library, rollout } = status ?? {};
  const held = [rollout?.from, rollout?.to].flatMap((revision) => {
    const { library: before, libgo } = revision?.wish ?? {};
    return before && libgo ? [{ ...before, ...libgo }] : [];
  });
  return [...(library ? [library] : []), ...held];
}

/** sha256 of each. */
export function libraryArtefacts(runtime: Pick<GoRuntime, 'status'>): readonly string[] {
  return [...new Set(heldLibraries(runtime).flatMap(({ artefact = [] }) => artefact))];
}
