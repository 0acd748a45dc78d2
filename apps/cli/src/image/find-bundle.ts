import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';

/**
 * The folder that holds the bundled command line (`gofleet.mjs`), for code of the bundle itself and of the sources.
 * @throws `image.no-bundle`
 */
export function findBundle(from: string = import.meta.dirname): string {
  for (const folder of [from, join(from, 'dist')]) if (existsSync(join(folder, 'gofleet.mjs'))) return folder;
  const parent = dirname(from);
  if (parent !== from) return findBundle(parent);
  throw new GofleetError('image.no-bundle', 'the bundled command line is nowhere above this file', {
    hint: 'run "npm run build", or use ./gofleet',
  });
}
