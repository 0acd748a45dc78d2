import { librariesOf, ownLibrary, wishedLibrary } from '@gofleet/inject/choose-library';
import { isLibrary, type MountedInjection } from '@gofleet/inject/injection';
import { libraryName, type ObservedLibrary } from '@gofleet/inject/library';
import type { RunningFacts } from '@gofleet/inject/runtime-status';
import { wantLibraries } from '@gofleet/inject/want-library';
import type { ContainerCase, Judgement } from './judge-container.ts';
import { judge, judgeOutdated, judgeOwnMount, judgeWaiting } from './judge-waiting.ts';
import { isSameImage } from './same-image.ts';

/** Where what a process has mapped was read, from where its executable was. */
const sourceOf = ({ source }: RunningFacts): string => source.replace('/exe on ', '/maps on ');

const nameOf = ({ library = '', artefact }: MountedInjection): string =>
  libraryName({ soname: library, artefact });

const unmapped = ({ path }: RunningFacts): string => `${path} has no shared library of the Go runtime mapped`;

/** Why nothing is known of a program's library: the program is no Go program at all, or a file could not be read. */
const unreadOf = (facts: RunningFacts): string | undefined =>
  facts.problem && `${unmapped(facts)} that could be read: ${facts.problem}`;

const judgeUnmounted = (container: ContainerCase, wanted: MountedInjection): Judgement =>
  judgeWaiting(container, nameOf(wanted), 'mounted');

/** Why a program does not run on the library that is mounted in its container. */
function findFault(
  container: ContainerCase,
  facts: RunningFacts,
  injected: MountedInjection,
): string | undefined {
  const { imageId = facts.imageId } = container;
  const { library } = facts;
  if (!isSameImage(injected.imageId, imageId))
    return `the image changed: ${injected.path} was observed in ${injected.imageId} and is mounted over ${imageId}`;
  if (library === undefined) return unreadOf(facts) ?? unmapped(facts);
  if (library.sha256 === injected.artefact) return undefined;
  const found = libraryName({ soname: library.soname, artefact: library.sha256 });
  return `${facts.path} runs on ${library.path}, ${found}, although ${nameOf(injected)} is mounted over ${injected.path}`;
}

/** The phase of a container whose image holds the wished library itself, under the one that is mounted. */
function judgeOwn({ waitsFor }: ContainerCase, { soname, sha256 }: ObservedLibrary): Judgement {
  const own = libraryName({ soname, artefact: sha256 });
  return waitsFor === undefined
    ? judge('RollingOut', `will be replaced by a pod with ${own}, its image's own`)
    : judge('Pending', `${own} is its image's own; ${waitsFor}`);
}

function judgeMounted(
  container: ContainerCase,
  facts: RunningFacts,
  injections: readonly [MountedInjection, ...MountedInjection[]],
): Judgement {
  const injected = injections.find(({ path }) => path === facts.library?.path) ?? injections[0];
  const fault = findFault(container, facts, injected);
  if (fault !== undefined) return judge('Ineffective', fault);
  const runs = `runs on ${nameOf(injected)}`;
  const wanted = container.wanted.filter(isLibrary).find(({ path }) => path === injected.path);
  if (wanted?.artefact === injected.artefact)
    return judge('Verified', `${runs}, read from ${sourceOf(facts)}`);
  if (wanted) return judgeOutdated(`${runs}, which the wish has outdated`, judgeUnmounted(container, wanted));
  const own = ownLibrary(container.runtime, container.image, injected.path);
  if (own) return judgeOutdated(`${runs}, which the wish has outdated`, judgeOwn(container, own));
  const next = judgeBare(container, facts);
  return next.phase === 'Failed' || next.phase === 'Observing'
    ? judge(next.phase, `for now ${runs}: ${next.reason}`)
    : judgeOutdated(`${runs}, which is not wished any more`);
}

/** The phase of a container that nothing is to be mounted in. */
function judgeBare(container: ContainerCase, facts: RunningFacts): Judgement {
  const { runtime, image, refusal } = container;
  const { library, path, goVersion, source, sha256 } = facts;
  const wished = wishedLibrary(runtime);
  if (refusal !== undefined) return judge('Failed', refusal);
  if (library === undefined) {
    const inside = goVersion && `${path} has its Go runtime, ${goVersion}, inside: mode relink moves it`;
    return judge('Skipped', unreadOf(facts) ?? inside ?? unmapped(facts));
  }
  if (wished?.artefact === library.sha256)
    return judge(
      'Verified',
      `runs on ${libraryName(wished)} by itself, read from ${source.replace('/exe on ', '/maps on ')}`,
    );
  if (container.ownMount !== undefined) return judgeOwnMount(library.path, container.ownMount, 'library');
  const known = librariesOf(runtime, image).some((each) => each.programSha256 === sha256);
  const wants = wantLibraries({ name: '', image }, runtime, { ours: new Set(), nodes: undefined });
  const open = wants.flatMap((want) => ('waitsFor' in want ? [want.waitsFor] : []))[0];
  return judge(
    'Observing',
    known && open !== undefined
      ? `waits for ${open}`
      : `${path} runs on ${library.path}, which is not reported yet`,
  );
}

/** The phase of a container that a wish of mode libgo selects, from what its program has mapped. */
export function judgeLibrary(container: ContainerCase, facts: RunningFacts): Judgement {
  const [injected, ...more] = container.injections.filter(isLibrary);
  if (injected) return judgeMounted(container, facts, [injected, ...more]);
  const wanted = container.wanted.filter(isLibrary)[0];
  return wanted ? judgeUnmounted(container, wanted) : judgeBare(container, facts);
}
