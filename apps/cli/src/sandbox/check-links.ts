import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { refused } from '@gofleet/build/sandbox/refused';
import type { Volume } from './volume.ts';

const maxEntries = 200_000;

/**
 * Requires that no link in the volume leads out of it. Only where the kernel has no Landlock, which holds this by itself and whatever
 * is changed meanwhile.
 * @throws `build.sandbox-refused`
 */
export function checkLinks(volume: Volume): void {
  const directories = [volume.root];
  let seen = 0;
  for (const directory of directories) {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (++seen > maxEntries)
        throw refused(volume.root, `it has more than ${maxEntries} files to look at for links`);
      if (entry.isSymbolicLink()) requireInside(volume, path);
      else if (entry.isDirectory()) directories.push(path);
    }
  }
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
