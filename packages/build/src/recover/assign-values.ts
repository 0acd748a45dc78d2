import { meansWhatIsNamed, type NamedFacts, textsOf } from './link-meanings.ts';
import type { LinkVariable } from './release-recipe.ts';
import type { SetString } from './set-strings.ts';

/** What may have been set: by recipes, and what the source declares. */
export interface Settable {
  readonly recipes: readonly LinkVariable[];
  /** `main.version`, `example.com/m/internal/build.Commit`. */
  readonly declared: readonly string[];
}

/** A choice of variables for the first values, and how likely it is. */
interface Choice {
  readonly names: readonly string[];
  readonly score: number;
}

const maxChoices = 12;
const score = { template: 6, recipe: 3, meaning: 2, main: 0.5, none: 0.25 };
/** In place of a variable: the value is there by chance. */
const none = '';

/** How likely each variable is to have had a value; those that cannot have are left out. */
function rank(value: string, { recipes, declared }: Settable, facts: NamedFacts): Map<string, number> {
  const ranks = new Map<string, number>();
  const add = (name: string, points: number): unknown =>
    ranks.set(name, Math.max(points, ranks.get(name) ?? 0));
  for (const { name, template } of recipes) {
    const isTemplate = textsOf({ name, template }, facts).includes(value);
    add(name, score.recipe + (isTemplate ? score.template : 0) + means(name, value));
  }
  for (const name of declared) add(name, means(name, value));
  return ranks;
}

function means(name: string, value: string): number {
  const inMain = name.startsWith('main.') ? score.main : 0;
  return (meansWhatIsNamed(name, value) ? score.meaning : 0) + inMain;
}

/** The likeliest choices with a variable, or none, for one more value. */
function extend(choices: readonly Choice[], ranks: ReadonlyMap<string, number>): Choice[] {
  return choices
    .flatMap(({ names, score: before }) =>
      [...ranks, [none, score.none] as const]
        .filter(([name]) => name === none || !names.includes(name))
        .map(([name, points]) => ({ names: [...names, name], score: before + points })),
    )
    .sort((a, b) => b.score - a.score)
    .slice(0, maxChoices);
}

/**
 * The variables that values may have been set of, likeliest choice first, at most twelve. A recipe that names a variable counts
 * most, above all when its template can make the value; then what the variable's name says. Flags come in the order of their
 * texts, which decides where texts of one length lie.
 */
export function assignValues(
  values: readonly SetString[],
  settable: Settable,
  facts: NamedFacts,
): ReadonlyMap<string, string>[] {
  let choices: Choice[] = [{ names: [], score: 0 }];
  for (const { value } of values) choices = extend(choices, rank(value, settable, facts));
  return choices
    .map(({ names }) => names.map((name, index) => [name, values[index]?.value ?? ''] as const))
    .map((pairs) => new Map(pairs.filter(([name]) => name !== none)))
    .filter(({ size }) => size > 0);
}
