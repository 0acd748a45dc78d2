import { type GoRuntime, type Injection, isMounted } from '../go-runtime.ts';

/**
 * Names of the nodes that run pods of the wishes and have not fetched what is to be mounted there: a roll-out that waits for them starts
 * no pod that has to wait for a download.
 */
export function nodesThatLack(
  wanted: readonly Injection[],
  runtimes: readonly GoRuntime[],
): readonly string[] {
  const lacking = runtimes.flatMap(({ metadata, status }) => {
    const artefacts = wanted
      .filter(isMounted)
      .filter(({ runtime, from }) => runtime === metadata.name && from === undefined)
      .map(({ artefact }) => artefact);
    const nodes = (status?.nodes ?? []).filter((node) =>
      artefacts.some((each) => !node.artefacts.includes(each)),
    );
    return nodes.map(({ node }) => node);
  });
  return [...new Set(lacking)].sort();
}
