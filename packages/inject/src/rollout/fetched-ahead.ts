import { type GoRuntime, type Injection, isMounted, isToolchain } from '../go-runtime.ts';

/** sha256 of what an injection mounts from the node's store. */
function artefactsOf(injection: Injection): readonly string[] {
  if (isToolchain(injection)) return [injection.shim, ...injection.releases.map(({ artefact }) => artefact)];
  return isMounted(injection) && injection.from === undefined ? [injection.artefact] : [];
}

/**
 * Names of the nodes that run pods of the wishes and have not fetched what is to be mounted there: a roll-out that waits for them starts
 * no pod that has to wait for a download.
 */
export function nodesThatLack(
  wanted: readonly Injection[],
  runtimes: readonly GoRuntime[],
): readonly string[] {
  const lacking = runtimes.flatMap(({ metadata, status }) => {
    const artefacts = wanted.filter(({ runtime }) => runtime === metadata.name).flatMap(artefactsOf);
    const nodes = (status?.nodes ?? []).filter((node) =>
      artefacts.some((each) => !node.artefacts.includes(each)),
    );
    return nodes.map(({ node }) => node);
  });
  return [...new Set(lacking)].sort();
}
