import { createHash } from 'node:crypto';
import type { GoRuntime } from '../go-runtime.ts';
import { type Injection, isMounted, isToolchain } from '../injection.ts';
import { libraryArtefacts } from '../library/choose-library.ts';
import { isSandbox } from '../sandbox/want-sandbox.ts';

/** Whether an injection mounts something from the node's store. */
function isFromNode(injection: Injection): boolean {
  const isFolder = isToolchain(injection) || isSandbox(injection);
  return isFolder || (isMounted(injection) && injection.from === undefined);
}

/** sha256 of everything that a wish may have mounted: artefacts, Go releases, the program that stands for `go`, libraries. */
export function mountableArtefacts(status: GoRuntime['status']): readonly string[] {
  const { builds = [], toolchain } = status ?? {};
  const all = [...builds, ...(toolchain?.releases ?? []), { artefact: toolchain?.shim }];
  const libraries = libraryArtefacts(status === undefined ? {} : { status });
  return [...new Set([...all.flatMap(({ artefact }) => artefact ?? []), ...libraries])];
}

/** A short name of a set of artefacts, so that what a node says of itself does not grow with what it holds. */
export function fetchedMark(artefacts: readonly string[]): string {
  return createHash('sha256')
    .update([...artefacts].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Names of the nodes that run pods of the wishes and have not fetched all that is there to be mounted: a roll-out that waits for them starts
 * no pod that has to wait for a download.
 */
export function nodesThatLack(
  wanted: readonly Injection[],
  runtimes: readonly GoRuntime[],
): readonly string[] {
  const lacking = runtimes.flatMap(({ metadata, status }) => {
    if (!wanted.some((each) => each.runtime === metadata.name && isFromNode(each))) return [];
    const mark = fetchedMark(mountableArtefacts(status));
    return (status?.nodes ?? []).flatMap(({ node, fetched }) => (fetched === mark ? [] : [node]));
  });
  return [...new Set(lacking)].sort();
}
