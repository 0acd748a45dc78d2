import { readFile, stat } from 'node:fs/promises';
import {
  type BuildPaths,
  compareSections,
  findBuildPaths,
  type ReproductionEvidence,
  type SectionedFile,
} from '@gofleet/build/relink';
import { driveSync } from '@gofleet/identify/byte-reader';
import { readSections } from '@gofleet/identify/read-sections';
import type { Built } from '../build-original.ts';
import { readSourceNames } from './read-source-names.ts';

/** Files of more are not compared byte by byte. */
const maxBytes = 1 << 30;

async function readSectioned(path: string): Promise<SectionedFile> {
  const bytes = await readFile(path);
  const sections = driveSync(readSections(), ({ offset, length }) => bytes.subarray(offset, offset + length));
  return { bytes, sections };
}

/** What two files tell of why they differ: which sections do, and the directories that both were built in. */
export async function readReproductionEvidence(
  original: { readonly file: string; readonly paths: BuildPaths },
  built: Built,
): Promise<ReproductionEvidence> {
  const rebuilt = findBuildPaths(built.facts, await readSourceNames(built.path));
  const paths = { original: original.paths, rebuilt };
  const sizes = await Promise.all([original.file, built.path].map((path) => stat(path)));
  if (sizes.some(({ size }) => size > maxBytes)) return { paths };
  const [had, has] = [await readSectioned(original.file), await readSectioned(built.path)];
  return { paths, sections: compareSections(had, has) };
}
