import { type GoConstraint, parseGoConstraint } from '@gofleet/base/go-constraint';
import { compareGoVersions, type GoVersion } from '@gofleet/base/go-version';
import { chooseToolchain } from '../choose-toolchain.ts';

/** Which release somebody wants: the newest of the newest minor, of the one before, or of a constraint. */
export type ToolchainWish =
  | { readonly kind: 'stable' | 'oldstable'; readonly text: string }
  | { readonly kind: 'constraint'; readonly text: string; readonly constraint: GoConstraint };

/**
 * A wish from text: `stable`, `oldstable`, `1.26.8`, `1.26`, `>=1.25.3 <1.27`, `1.27rc1`.
 * @throws `base.malformed-go-constraint`
 */
export function parseToolchainWish(text: string): ToolchainWish {
  if (text === 'stable' || text === 'oldstable') return { kind: text, text };
  return { kind: 'constraint', text, constraint: parseGoConstraint(text) };
}

/** The newest release of each minor, newest minor first, pre-releases left out. */
function newestOfMinors(releases: readonly GoVersion[]): GoVersion[] {
  const minors = new Map<string, GoVersion>();
  const ordered = releases.filter(({ pre }) => pre === undefined).toSorted(compareGoVersions);
  for (const release of ordered) minors.set(`${release.major}.${release.minor}`, release);
  return [...minors.values()].toSorted((a, b) => compareGoVersions(b, a));
}

/** The release that a wish means among those that there are; an exact version need not be among them. */
export function chooseRelease(wish: ToolchainWish, releases: readonly GoVersion[]): GoVersion | undefined {
  if (wish.kind === 'constraint') return chooseToolchain(wish.constraint, releases);
  return newestOfMinors(releases)[wish.kind === 'stable' ? 0 : 1];
}

/** The releases that a newer one of the same minor makes superfluous. */
export function supersededReleases(releases: readonly GoVersion[]): GoVersion[] {
  return releases.filter((release) =>
    releases.some(
      (other) =>
        other.major === release.major &&
        other.minor === release.minor &&
        compareGoVersions(other, release) > 0 &&
        (other.pre === undefined || release.pre !== undefined),
    ),
  );
}
