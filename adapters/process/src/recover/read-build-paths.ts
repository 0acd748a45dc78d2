import { createReadStream } from 'node:fs';
import { type BuildPaths, findBuildPaths, type RelinkOriginal, SourceNames } from '@gofleet/build/relink';

/** The directories that a file was built in, read from the names of its source files; the whole file is read once. */
export async function readBuildPaths(original: RelinkOriginal, file: string): Promise<BuildPaths> {
  if (original.settings['-trimpath'] === 'true') return {};
  const found = new SourceNames();
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) found.add(piece as Buffer);
  return findBuildPaths(original, found.names);
}
