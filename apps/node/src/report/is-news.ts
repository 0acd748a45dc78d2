import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { wantedArtefacts, wantedToolchains } from '../store/artefact-keeper.ts';

/** Whether a node has something else to say of a wish: it means other pods, or has another artefact, which may be here already. */
export function isNewsToReport(runtime: GoRuntime, previous: GoRuntime | undefined): boolean {
  if (!previous || previous.metadata.generation !== runtime.metadata.generation) return true;
  const [before, now] = [previous, runtime].map((each) =>
    [...wantedArtefacts([each]), ...wantedToolchains([each])].join(),
  );
  return before !== now;
}
