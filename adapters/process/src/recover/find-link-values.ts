import { mainModuleOf, proposeLinkValues, type RelinkOriginal } from '@gofleet/build/relink';
import type { ReadySource } from '../build-original.ts';
import type { LinkEvidence } from './read-evidence.ts';
import { readSettable } from './read-settable.ts';

/**
 * What `-X` may have set in an original, likeliest first: what its symbols say, else what its data holds, of the variables that its
 * source sets in release recipes or declares.
 */
export async function findLinkValues(
  original: RelinkOriginal,
  evidence: LinkEvidence | undefined,
  {
    ready: { source, files },
    askOriginal,
  }: {
    readonly ready: ReadySource;
    /** What the original prints; empty when it may not be run. */
    readonly askOriginal: () => Promise<readonly string[]>;
  },
): Promise<ReadonlyMap<string, string>[]> {
  if (!evidence || original.settings['-trimpath'] !== 'true') return [];
  if (evidence.symbols.size > 0) return [new Map(evidence.symbols)];
  if (!files || original.stripped === false) return [];
  const path = mainModuleOf(original)?.path ?? '';
  const release = source.kind === 'module' ? source.query : '';
  const isPart = (module: string): boolean => original.deps.some((dep) => dep.path === module);
  const settable = await readSettable(files.root, { module: files.module, path, isPart });
  const printed = evidence.set.length > 0 ? [] : await askOriginal();
  return proposeLinkValues(original, settable, { ...evidence, printed, release });
}
