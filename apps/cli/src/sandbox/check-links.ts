import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { refused } from '@gofleet/build/sandbox/refused';
import { declarationFiles } from '@gofleet/filesystem/declaration-files';
import { checkIncludes, isForAssembler } from './check-includes.ts';
import type { Volume } from './volume.ts';

const maxEntries = 200_000;

/**
 * Requires that neither a link in the volume nor what Go's assembler includes leads out of it. Only where the kernel has no Landlock, which
 * holds this by itself and whatever is changed meanwhile.
 * @throws `build.sandbox-refused`, `declare.unreadable`
 */
export function checkLinks(volume: Volume): void {
  const directories = [volume.root];
  let seen = 0;
  for (const directory of directories) {
    for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
      const name = nameOf(entry, directory);
      const path = join(directory, name);
      if (++seen > maxEntries)
        throw refused(volume.root, `it has more than ${maxEntries} files to look at for links`);
      if (entry.isSymbolicLink()) requireInside(volume, path);
      if (entry.isDirectory()) directories.push(path);
      else if (isForAssembler(name)) checkIncludes(path, declarationFiles.read(path) ?? '');
    }
  }
}

/** A name that is no text would be looked for by another one. */
function nameOf({ name }: Dirent<Buffer>, directory: string): string {
  const text = name.toString();
  if (Buffer.from(text).equals(name)) return text;
  throw refused(join(directory, text), 'its name is no UTF-8');
}

/** A link to nothing leads nowhere, as long as the place is in the volume. */
function requireInside(volume: Volume, path: string): void {
  try {
    volume.find(path);
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes('no such file')) return;
    throw refused(path, 'a link that leads out of the volume');
  }
}
