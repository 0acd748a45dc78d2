import { join } from 'node:path';
import { type BuildOptions, ensureBuilt } from './build.ts';
import { kwokRecipe } from './recipe.ts';

/**
 * Path of KWOK, which plays the nodes of a fleet against a lab's API server; built unless it is there.
 * @throws GofleetError `lab.program-failed`
 */
export async function ensureKwok(options: BuildOptions = {}): Promise<string> {
  return join(await ensureBuilt(kwokRecipe(), options), 'kwok');
}
