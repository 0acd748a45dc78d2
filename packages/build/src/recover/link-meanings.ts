import type { RelinkOriginal } from '../relink-original.ts';
import type { LinkVariable } from './release-recipe.ts';

/** What placeholders of release recipes stand for. */
export interface NamedFacts {
  /** Without `v`; empty when unknown. */
  readonly version: string;
  readonly commit: string;
  readonly time: string;
  /** Dates that the original holds and a rebuild without `-X` does not; versions and commits likewise. */
  readonly dates: readonly string[];
  readonly versions: readonly string[];
}

/** Version, commit and time, by what an original records and the release that its source was asked for by. */
export function namedFactsOf(
  { main, settings }: RelinkOriginal,
  release: string,
): Pick<NamedFacts, 'version' | 'commit' | 'time'> {
  const recorded = main?.version.replace(/\+.*$/, '') ?? '';
  const version = (/^v\d/.test(release) ? release : recorded).replace(/^v/, '');
  return { version, commit: settings['vcs.revision'] ?? '', time: settings['vcs.time'] ?? '' };
}

const shorter = (commit: string): string[] => [40, 7, 8, 9, 10, 12].map((length) => commit.slice(0, length));

/** The number that a name means of a version, as Kubernetes stamps it: with a `+` after a minor that is not a release's own. */
function partsOf(name: string, version: string): string[] {
  const [major = '', minor = ''] = version.split('.');
  return /major/i.test(name) ? [major] : [minor, `${minor}+`];
}

/** What a placeholder may stand for, by what its name says. */
function meaningsOf(name: string, { version, commit, time, dates, versions }: NamedFacts): string[] {
  if (/major|minor/i.test(name)) return version === '' ? [] : partsOf(name, version);
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
const maxMeanings = 12;

/** Every text that a template may stand for; a variable's own name tells what a placeholder without a meaning is. */
function fill(template: string, variable: string, facts: NamedFacts, depth = 0): string[] {
  const match = placeholder.exec(template);
  if (!match) return [template];
  if (depth > 3) return [];
  const inner = match.slice(1).find((text) => text !== undefined) ?? '';
  const meanings = meaningsOf(inner, facts);
  const values = meanings.length > 0 ? meanings : meaningsOf(variable, facts);
  return [...new Set(values)]
    .filter(Boolean)
    .slice(0, maxMeanings)
    .flatMap((value) =>
      fill(
        template.replace(placeholder, () => value),
        variable,
        facts,
        depth + 1,
      ),
    );
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** The texts that a variable may have been set to by a recipe. */
export function textsOf({ name, template }: LinkVariable, facts: NamedFacts): string[] {
  return fill(template, lastPart(name), facts).filter(Boolean);
}

/** In order: what a name says, and how what it names looks. */
const looks: readonly (readonly [RegExp, RegExp])[] = [
  [/major|minor/i, /^\d+\+?$/],
  [/date|time|stamp/i, /\d{4}.?\d{2}.?\d{2}|\d{10}|\d:\d\d/],
  [/go.?version/i, /^(?:go)?1\.\d/],
  [/commit|sha|rev|hash/i, /^(?:g?[0-9a-f]{6,40}|none|unknown)$/],
  [/dirty|tree|state/i, /^(?:clean|dirty|false|true)$/],
  [/version|release|tag|describe/i, /^v?\d+(?:\.\d+)+|^v\d|^(?:dev|nightly|latest)/],
  [/branch/i, /^[\w./-]+$/],
  [/by$|builder|user/i, /^[a-z][\w@.-]*$/i],
];

/** Whether a value looks like what a variable's name says. */
export function meansWhatIsNamed(name: string, value: string): boolean {
  const [, form] = looks.find(([says]) => says.test(lastPart(name))) ?? [];
  return form?.test(value) ?? false;
}
