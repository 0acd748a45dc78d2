import type { RelinkOriginal } from '../relink-original.ts';
import { assignValues, type Settable } from './assign-values.ts';
import { meansWhatIsNamed, type NamedFacts, namedFactsOf, textsOf } from './link-meanings.ts';
import type { SetString } from './set-strings.ts';

/** What an original's bytes tell of what was set. */
export interface Evidence extends Pick<NamedFacts, 'dates' | 'versions'> {
  /** Whether the original's bytes hold a text. */
  readonly holds: (text: string) => boolean;
  /** What its data holds and a rebuild without `-X` does not; empty when the data cannot be read. */
  readonly set: readonly SetString[];
  /** What it prints of its version; empty when it was not run. */
  readonly printed: readonly string[];
}

const maxCombinations = 12;
const byLength = (a: string, b: string): number => b.length - a.length;

/** Every choice of one value each, likeliest first. */
function combine(choices: readonly (readonly [string, readonly string[]])[]): Map<string, string>[] {
  let all: Map<string, string>[] = [new Map()];
  for (const [name, values] of choices) {
    all = values
      .flatMap((value) => all.map((chosen) => new Map(chosen).set(name, value)))
      .slice(0, maxCombinations);
  }
  return all;
}

/** Each variable with the texts that it may have been set to: by a template of a recipe, or as it was printed. */
function* textsOfEach(
  { recipes, declared }: Settable,
  facts: NamedFacts,
  printed: readonly string[],
): Generator<readonly [string, readonly string[]]> {
  for (const variable of recipes) yield [variable.name, textsOf(variable, facts)];
  for (const name of [...recipes.map((variable) => variable.name), ...declared]) {
    yield [name, printed.filter((word) => meansWhatIsNamed(name, word))];
  }
}

/** Without a look at the data: of all texts those that the original holds, the longest first. */
function fromTexts(
  settable: Settable,
  facts: NamedFacts,
  { holds, printed }: Pick<Evidence, 'holds' | 'printed'>,
): Map<string, string>[] {
  const choices = new Map<string, Set<string>>();
  for (const [name, texts] of textsOfEach(settable, facts, printed)) {
    const values = choices.get(name) ?? new Set();
    for (const text of texts.filter(holds)) values.add(text);
    if (values.size > 0) choices.set(name, values);
  }
  if (choices.size === 0) return [];
  return combine([...choices].map(([name, values]) => [name, [...values].sort(byLength)] as const));
}

/**
 * Values that `-X` may have set in an original, likeliest first. Its data tells the values, release recipes and declarations the
 * variables; where the data cannot be read, templates of the recipes are filled from version, commit and time, and what the
 * original prints is taken. Each is a candidate until the proof matches.
 * @param release - version that the source was asked for by; empty when unknown
 */
export function proposeLinkValues(
  original: RelinkOriginal,
  settable: Settable,
  { release, holds, set, printed, ...texts }: Evidence & { readonly release: string },
): ReadonlyMap<string, string>[] {
  const facts = { ...namedFactsOf(original, release), ...texts };
  if (set.length > 0) return assignValues(set, settable, facts);
  return fromTexts(settable, facts, { holds, printed });
}
