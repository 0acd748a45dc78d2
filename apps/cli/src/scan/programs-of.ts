import { isGofleetError } from '@gofleet/base/errors';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { type BinaryDifference, compareBinaries } from '@gofleet/identify/compare-binaries';
import type { ArchiveFind } from '@gofleet/oci/inspect-archive';
import type { RegistryScanOptions } from './scan-registry.ts';

/** Programs by their path in an archive or image; one that is a file itself has the empty path. */
export type Programs = ReadonlyMap<string, BinaryFacts>;

function programsIn(finds: readonly ArchiveFind[]): Programs {
  const programs = new Map<string, BinaryFacts>();
  for (const { path, found } of finds) {
    if (found instanceof Error) throw found;
    programs.set(path, found);
  }
  return programs;
}

/**
 * The Go program that a file is, or those in the archive or image that it is, or that `docker://…` names.
 * @throws what `inspectFileSync`, `inspectArchive` and `scanRegistryImage` throw; the first error of a program or layer
 */
export async function programsOf(path: string, options: RegistryScanOptions = {}): Promise<Programs> {
  if (path.startsWith('docker://')) {
    const { scanRegistryImage } = await import('./scan-registry.ts');
    return programsIn(await scanRegistryImage(path, options));
  }
  try {
    return new Map([['', inspectFileSync(path)]]);
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'identify.not-executable') throw thrown;
    const { inspectArchive } = await import('@gofleet/oci/inspect-archive');
    const finds = await inspectArchive(path, options.signal ? { signal: options.signal } : {});
    if (!finds) throw thrown;
    return programsIn(finds);
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
