import { createReadStream } from 'node:fs';
import { SourceNames } from '@gofleet/build/relink';

/** Names of the source files that an executable holds; the whole file is read once. */
export async function readSourceNames(file: string): Promise<ReadonlySet<string>> {
  const found = new SourceNames();
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) found.add(piece as Buffer);
  return found.names;
}
