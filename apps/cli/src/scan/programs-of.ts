import { isGofleetError } from '@gofleet/base/errors';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { type BinaryDifference, compareBinaries } from '@gofleet/identify/compare-binaries';

/** Programs by their path in an archive or image; one that is a file itself has the empty path. */
export type Programs = ReadonlyMap<string, BinaryFacts>;

/**
 * The Go program that a file is, or those in the archive or image that it is.
 * @throws what `inspectFileSync` and `inspectArchive` throw; the first error of a program or layer
 */
export async function programsOf(path: string): Promise<Programs> {
  try {
    return new Map([['', inspectFileSync(path)]]);
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'identify.not-executable') throw thrown;
    const { inspectArchive } = await import('@gofleet/oci/inspect-archive');
    const finds = await inspectArchive(path);
    if (!finds) throw thrown;
    const programs = new Map<string, BinaryFacts>();
    for (const { path: inner, found } of finds) {
      if (found instanceof Error) throw found;
      programs.set(inner, found);
    }
    return programs;
  }
}

/** A difference, and in which program of two images it is. */
export type ProgramDifference = BinaryDifference & { readonly path?: string };

const release = (facts: BinaryFacts | undefined): string | undefined =>
  facts && (facts.goVersion ?? 'unknown release');

/** How two sets of programs differ: one program against one whatever their paths, else those of the same path. */
export function comparePrograms(before: Programs, after: Programs): ProgramDifference[] {
  const [[old], [now]] = [[...before.values()], [...after.values()]];
  if (old && now && before.size === 1 && after.size === 1) return compareBinaries(old, now);
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path): ProgramDifference[] => {
    const [was, is] = [before.get(path), after.get(path)];
    if (was && is) return compareBinaries(was, is).map((difference) => ({ path, ...difference }));
    return [{ path, kind: 'fact', name: 'program', before: release(was), after: release(is) }];
  });
}
