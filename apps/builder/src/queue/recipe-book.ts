import { buildNameOf, recipeOf } from '@gofleet/inject/builds';
import type { ObservedBinary } from '@gofleet/inject/runtime-status';

const maxEntries = 50_000;

/** The recipes of relinks, each worked out once. */
export class RecipeBook {
  readonly #recipes = new Map<string, string>();

  readonly recipeOf = (binary: ObservedBinary, goVersion: string): string => {
    const key = `${binary.sha256} ${goVersion} ${JSON.stringify(binary.labels ?? {})}`;
    const known = this.#recipes.get(key);
    if (known !== undefined) return known;
    const recipe = recipeOf(binary, goVersion);
    if (this.#recipes.size >= maxEntries) this.#recipes.clear();
    this.#recipes.set(key, recipe);
    return recipe;
  };

  /** The name of the GoBuild that relinks a binary to a release. */
  nameOf(binary: ObservedBinary, goVersion: string): string {
    return buildNameOf({ package: binary.package, goVersion, recipe: this.recipeOf(binary, goVersion) });
  }
}
