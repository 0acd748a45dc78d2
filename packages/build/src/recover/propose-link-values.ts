import type { RelinkOriginal } from '../relink-original.ts';
import type { LinkVariable } from './release-recipe.ts';

/** What the proposals are checked against. */
export interface Evidence {
  /** Whether the original's bytes hold a text. */
  readonly holds: (text: string) => boolean;
  /** Dates that the original holds and a rebuild without `-X` does not. */
  readonly dates: readonly string[];
  /** Versions, likewise. */
  readonly versions: readonly string[];
}

const maxCombinations = 12;

interface Facts {
  readonly version: string;
  readonly commit: string;
  readonly time: string;
}

function factsOf({ main, settings }: RelinkOriginal, release: string): Facts {
  const recorded = main?.version.replace(/\+.*$/, '') ?? '';
  const version = (/^v\d/.test(release) ? release : recorded).replace(/^v/, '');
  return { version, commit: settings['vcs.revision'] ?? '', time: settings['vcs.time'] ?? '' };
}

const shorter = (commit: string): string[] => [40, 7, 8, 9, 10, 12].map((length) => commit.slice(0, length));

/** What a placeholder may stand for, by what its name says. */
function meaningsOf(name: string, { version, commit, time, dates, versions }: Facts & Evidence): string[] {
  const known = version === '' ? [] : [version, `v${version}`];
  if (/commit.?date|commit.?time/i.test(name)) return [time, ...dates];
  if (/date|time|stamp/i.test(name)) return [...dates, time];
  if (/short/i.test(name) && /commit|sha|rev|hash/i.test(name)) return shorter(commit).slice(1);
  if (/commit|sha|rev|hash/i.test(name)) return shorter(commit);
  if (/dirty|tree|state/i.test(name)) return ['clean', 'dirty', 'false', 'true'];
  if (/branch/i.test(name)) return ['main', 'master', 'HEAD', ...known];
  if (/tag|describe/i.test(name)) return [...known, ...versions];
  if (/version|release/i.test(name)) return [...known, ...versions];
  return [];
}

const placeholder = /\{\{([^}]*)\}\}|\$\(([^)]*)\)|\$\{([^}]*)\}|\$(\w+)/;

/** Every text that a template may stand for; a variable's own name tells what a placeholder without a meaning is. */
function fill(template: string, variable: string, context: Facts & Evidence, depth = 0): string[] {
  const match = placeholder.exec(template);
  if (!match) return [template];
  if (depth > 3) return [];
  const inner = match.slice(1).find((text) => text !== undefined) ?? '';
  const meanings = meaningsOf(inner, context);
  const values = meanings.length > 0 ? meanings : meaningsOf(variable, context);
  return [...new Set(values)]
    .filter(Boolean)
    .slice(0, 12)
    .flatMap((value) =>
      fill(
        template.replace(placeholder, () => value),
        variable,
        context,
        depth + 1,
      ),
    );
}

/** The values that a variable may have had, those in the original only; the longest first, since it holds its own beginnings. */
function valuesOf({ name, template }: LinkVariable, context: Facts & Evidence): string[] {
  const texts = fill(template, name.slice(name.lastIndexOf('.') + 1), context);
  return texts.filter((text) => text !== '' && context.holds(text));
}

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

/**
 * Values that `-X` may have set in an original, by what release recipes say: templates filled from version, commit and time, and
 * only what the original holds. Each is a candidate until the proof matches.
 * @param release - version that the source was asked for by; empty when unknown
 */
export function proposeLinkValues(
  original: RelinkOriginal,
  variables: readonly LinkVariable[],
  { release, ...evidence }: Evidence & { readonly release: string },
): ReadonlyMap<string, string>[] {
  const facts = factsOf(original, release);
  const choices = new Map<string, Set<string>>();
  for (const variable of variables) {
    const values = choices.get(variable.name) ?? new Set();
    for (const value of valuesOf(variable, { ...facts, ...evidence })) values.add(value);
    if (values.size > 0) choices.set(variable.name, values);
  }
  if (choices.size === 0) return [];
  return combine([...choices].map(([name, values]) => [name, [...values].sort(byLength)] as const));
}
