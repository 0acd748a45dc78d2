import { ownMountAt } from '../admission/own-mount.ts';
import type { PodContainer } from '../admission/pod.ts';
import { againstCsi, againstProcessors } from '../delivery/choose-delivery.ts';
import type { DeliverableNode } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import type { MountedInjection } from '../injection.ts';
import { checkOf, currentLibrary, isChecked, librariesOf, wishedLibrary } from './choose-library.ts';
import { type GoLibrary, libraryName, type ObservedLibrary } from './library.ts';

/** What a wish of mode libgo does with one library of a container. */
export type LibraryWant = { readonly path: string; readonly notes?: readonly string[] } & (
  | { readonly injection: Omit<MountedInjection, 'container' | 'runtime'> }
  | { readonly problem: string }
  | { readonly waitsFor: string }
  | { readonly has: string }
);

interface Known {
  /** Names of volumes that an earlier admission added. */
  readonly ours: ReadonlySet<string>;
  /** Where the pod may go; absent when nothing is known of nodes. */
  readonly nodes: readonly DeliverableNode[] | undefined;
}

const oneDelivery =
  'a library comes by csi alone: it lies over a single file, which an image volume cannot, and nobody publishes it for a copier';

/** Why the node plugin cannot bring a library to a pod. */
function againstDelivery({ spec }: GoRuntime, nodes: readonly DeliverableNode[] = []): string | undefined {
  const { delivery = 'auto' } = spec;
  if (delivery === 'csi') return undefined;
  if (delivery !== 'auto') return `delivery ${delivery}: ${oneDelivery}; set spec.delivery to csi or auto`;
  const problem = againstCsi(nodes);
  return problem && `${problem}, and ${oneDelivery}`;
}

/** What stands against a library for one of the programs that run on the one that it would replace. */
function againstPrograms(programs: readonly ObservedLibrary[], library: GoLibrary): string | undefined {
  for (const observed of programs) {
    const { problems = [] } = checkOf(observed, library.artefact) ?? {};
    if (problems.length > 0)
      return `${libraryName(library)} does not fit ${observed.program}: ${problems.join('; ')}`;
  }
  return undefined;
}

function wantAt(
  programs: readonly [ObservedLibrary, ...ObservedLibrary[]],
  library: GoLibrary,
  { container, runtime, known }: { container: PodContainer; runtime: GoRuntime; known: Known },
): LibraryWant {
  const [{ path, imageId, sha256, soname }] = programs;
  const { artefact } = library;
  if (sha256 === artefact) return { path, has: `${path} is ${libraryName(library)} already` };
  const unknown = programs.find((each) => !isChecked(each, library));
  if (unknown)
    return { path, waitsFor: `a node to look whether ${libraryName(library)} fits ${unknown.program}` };
  const mount = ownMountAt(container, path, known.ours);
  const problem =
    againstPrograms(programs, library) ??
    (mount === undefined ? undefined : `${path} lies in the pod's own mount ${mount || '/'}`) ??
    againstProcessors({ path, arch: library.arch }, known.nodes ?? []) ??
    againstDelivery(runtime, known.nodes);
  if (problem !== undefined) return { path, problem };
  const notes = programs.flatMap((each) => checkOf(each, artefact)?.notes ?? []);
  return {
    path,
    injection: { goVersion: soname, artefact, path, imageId, library: soname },
    ...(notes.length === 0 ? {} : { notes: [...new Set(notes)] }),
  };
}

/**
 * What a wish of mode libgo mounts in a container: the wished library over each one that a program of the container's image was found to
 * run on, once a node has found that it fits all of them.
 */
export function wantLibraries(
  container: PodContainer,
  runtime: GoRuntime,
  known: Known,
): readonly LibraryWant[] {
  const { image, path } = runtime.spec.libgo ?? { image: '', path: '' };
  const library = wishedLibrary(runtime);
  const problem = currentLibrary(runtime)?.problem;
  if (!library)
    return [
      problem === undefined
        ? { path, waitsFor: `the builder to fetch ${path} of ${image}` }
        : { path, problem },
    ];
  const byPath = Map.groupBy(librariesOf(runtime, container.image), (each) => each.path);
  if (byPath.size === 0)
    return [
      {
        path,
        waitsFor: `a node to find a program of ${container.image ?? 'its image'} that runs on a shared library of the Go runtime`,
      },
    ];
  return [...byPath.values()].flatMap(([first, ...rest]) =>
    first ? [wantAt([first, ...rest], library, { container, runtime, known })] : [],
  );
}

/** Whether anything of a wish is ready to be mounted somewhere. */
export function hasReadyLibrary(runtime: GoRuntime): boolean {
  const images = new Set((runtime.status?.libraries ?? []).map(({ image }) => image));
  return [...images].some((image) =>
    wantLibraries({ name: '', image }, runtime, { ours: new Set(), nodes: undefined }).some(
      (want) => 'injection' in want,
    ),
  );
}
