import { constants } from 'node:fs';
import { copyFile, mkdir, opendir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';

/** More than any source tree holds. */
const maxEntries = 500_000;

/** Counts what is copied, so that a wrong directory ends in an error rather than a full disk. */
interface Budget {
  left: number;
}

async function copyInto(from: string, to: string, budget: Budget): Promise<void> {
  await mkdir(to, { recursive: true });
  for await (const entry of await opendir(from)) {
    if (entry.name === '.git') continue;
    if (budget.left-- <= 0) {
      throw new GofleetError(
        'build.oversized-source',
        `${from}: a source tree has at most ${maxEntries} files`,
        {
          facts: { path: from, maxEntries },
        },
      );
    }
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyInto(source, target, budget);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (entry.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE);
  }
}

/**
 * Copies a source tree without its repository; directories become writable, which those of the module cache are not.
 * @throws `build.oversized-source`
 */
export function copyTree(from: string, to: string): Promise<void> {
  return copyInto(from, to, { left: maxEntries });
}
