import { isDeepStrictEqual } from 'node:util';
import { errorToJson, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { libraryArtefacts } from '@gofleet/inject/choose-library';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { LibraryCheck, ObservedLibrary } from '@gofleet/inject/library';
import type { LibraryReader, MappedLibrary } from '../read/library-reader.ts';
import { type Observation, renderObservedLibrary } from './render-observation.ts';

/** Where libraries lie and how they are held against programs. */
interface Ports {
  readonly libraries: Pick<LibraryReader, 'check'>;
  /** Where an artefact lies on this node; `undefined` until it was fetched. */
  readonly pathOf: (artefact: string) => Promise<string | undefined>;
  readonly log: Log;
}

function isSame(a: ObservedLibrary, b: ObservedLibrary): boolean {
  const of = ({ programSha256, path, sha256 }: ObservedLibrary) => [programSha256, path, sha256];
  return isDeepStrictEqual(of(a), of(b));
}

/**
 * What is known of the image's own program: what was seen now, or before something of ours was mounted. One name may mean an image for each
 * processor, or have been moved: the first that was seen counts until the controller forgets it, or nodes would take turns.
 */
function baseOf(observation: Observation, known: ObservedLibrary | undefined): ObservedLibrary | undefined {
  const seen = renderObservedLibrary(observation);
  if (seen) return known === undefined || isSame(known, seen) ? (known ?? seen) : undefined;
  return known?.programSha256 === observation.executable.sha256 ? known : undefined;
}

/** Nothing when it failed: it is tried again in time, and what else is known is told meanwhile. */
async function checkOne(
  mapped: MappedLibrary,
  { artefact, path }: { readonly artefact: string; readonly path: string },
  { libraries, log }: Ports,
): Promise<readonly LibraryCheck[]> {
  try {
    return [{ artefact, ...(await libraries.check(mapped, path)) }];
  } catch (thrown) {
    const { pid, path: current } = mapped;
    log('warn', 'library not looked at', {
      ...{ pid, path: current, artefact },
      error: errorToJson(toGofleetError(thrown)),
    });
    return [];
  }
}

async function checkAll(
  mapped: MappedLibrary,
  { artefacts, checks }: { artefacts: readonly string[]; checks: readonly LibraryCheck[] },
  ports: Ports,
): Promise<readonly LibraryCheck[]> {
  const all: LibraryCheck[] = [];
  for (const artefact of artefacts) {
    const known = checks.find((check) => check.artefact === artefact);
    const path = known ? undefined : await ports.pathOf(artefact);
    if (known) all.push(known);
    // What fits in the place of a library that fitted fits in the place of the first one too: all that was taken is in both.
    else if (path !== undefined) all.push(...(await checkOne(mapped, { artefact, path }, ports)));
  }
  return all;
}

/**
 * What a wish is to say of a program and its library: which of the libraries that it may have mounted fit, as far as they lie here.
 * `undefined` when the image's own is not known, or is not what is known.
 */
export async function updateLibrary(
  observation: Observation,
  { runtime, known }: { readonly runtime: GoRuntime; readonly known: ObservedLibrary | undefined },
  ports: Ports,
): Promise<ObservedLibrary | undefined> {
  const base = baseOf(observation, known);
  if (!base || !observation.library) return undefined;
  const { checks: before = [], ...rest } = base;
  const artefacts = libraryArtefacts(runtime).filter((artefact) => artefact !== base.sha256);
  const checks = await checkAll(observation.library, { artefacts, checks: before }, ports);
  return checks.length === 0 ? rest : { ...rest, checks };
}
