import { GofleetError } from './errors.ts';
import { compareGoVersions, type GoVersion, parseGoVersion } from './go-version.ts';

type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A set of Go releases: every term must hold. A bare minor (`1.26`) means any release of that minor. */
export type GoConstraint = readonly { readonly operator: Operator | 'minor'; readonly version: GoVersion }[];

const term = /^(>=|<=|!=|>|<|=)?\s*((?:go)?\d\S*)$/;

function parseTerm(text: string, whole: string): GoConstraint[number] {
  const match = term.exec(text);
  const version = match?.[2] === undefined ? undefined : parseGoVersion(match[2]);
  if (!match || !version) {
    throw new GofleetError(
      'base.malformed-go-constraint',
      `"${text}" in "${whole}" is no Go version or comparison`,
      {
        facts: { constraint: whole },
        hint: 'write 1.26.8, 1.26, or comparisons such as ">=1.25.3 <1.27"',
      },
    );
  }
  if (match[1] !== undefined) return { operator: match[1] as Operator, version };
  const isMinor = version.patch === undefined && version.pre === undefined;
  return { operator: isMinor ? 'minor' : '=', version };
}

/**
 * A constraint from text: `1.26.8`, `1.26`, `>=1.25.3 <1.27` (spaces or commas between terms).
 * @throws `base.malformed-go-constraint`
 */
export function parseGoConstraint(text: string): GoConstraint {
  const parts = text
    .replace(/(>=|<=|!=|>|<|=)\s+/g, '$1')
    .split(/[\s,]+/)
    .filter((part) => part !== '');
  if (parts.length === 0)
    throw new GofleetError('base.malformed-go-constraint', 'a Go version constraint is empty');
  return parts.map((part) => parseTerm(part, text));
}

const tests: Record<GoConstraint[number]['operator'], (order: number) => boolean> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  minor: () => true,
};

/** Whether a release satisfies every term. */
export function satisfiesGoConstraint(release: GoVersion, constraint: GoConstraint): boolean {
  return constraint.every(({ operator, version }) => {
    if (operator === 'minor') return release.major === version.major && release.minor === version.minor;
    return tests[operator](compareGoVersions(release, version));
  });
}

/** The one release that the constraint names, when it is a single exact version. */
export function exactGoVersion(constraint: GoConstraint): GoVersion | undefined {
  const [only] = constraint;
  return constraint.length === 1 && only?.operator === '=' ? only.version : undefined;
}
