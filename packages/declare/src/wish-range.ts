import { type GoConstraint, parseGoConstraint, satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { parseGoVersion } from '@gofleet/base/go-version';
import type { GoWish } from './declaration.ts';
import { compareGover, goverOfToolchain } from './gover.ts';

function constraintOf(wish: GoWish): GoConstraint | undefined {
  if (wish.kind === 'release') {
    const version = goverOfToolchain(wish.release);
    return parseGoVersion(version) ? parseGoConstraint(`=${version}`) : undefined;
  }
  return wish.kind === 'constraint' ? parseGoConstraint(wish.constraint) : undefined;
}

/** Versions at and around the edges of a constraint: where another one could begin or end to be satisfied. */
function edgesOf(constraint: GoConstraint): string[] {
  return constraint.flatMap(({ version: { major, minor, patch, pre } }) => {
    const language = `${major}.${minor}`;
    if (pre) return [`${language}${pre.kind}${pre.number}`, `${language}.0`];
    return [
      `${language}.${patch ?? 0}`,
      `${language}.${(patch ?? 0) + 1}`,
      `${language}.9999`,
      `${major}.${minor + 1}.0`,
    ];
  });
}

const satisfies = (version: string, constraint: GoConstraint): boolean => {
  const parsed = parseGoVersion(version);
  return parsed !== undefined && satisfiesGoConstraint(parsed, constraint);
};

/** Whether some release satisfies both wishes; `true` when one of them is not known well enough to say no. */
export function canAgree(a: GoWish, b: GoWish): boolean {
  const [left, right] = [constraintOf(a), constraintOf(b)];
  if (!left || !right) return true;
  const candidates = [...edgesOf(left), ...edgesOf(right)];
  return candidates.some((version) => satisfies(version, left) && satisfies(version, right));
}

/** Whether every release that satisfies the wish is older than a version (`1.26`, `1.26.3`); `false` when that is not known. */
export function isOlder(wish: GoWish, version: string): boolean {
  if (wish.kind === 'release') {
    const release = goverOfToolchain(wish.release);
    return release !== '' && compareGover(release, version) < 0;
  }
  const constraint = constraintOf(wish);
  if (!constraint || !parseGoVersion(version)) return false;
  const floor = parseGoConstraint(`>=${version}`);
  return ![...edgesOf(constraint), ...edgesOf(floor)].some(
    (candidate) => satisfies(candidate, constraint) && satisfies(candidate, floor),
  );
}
