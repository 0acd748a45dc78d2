import { exactGoVersion, type GoConstraint, satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { compareGoVersions, type GoVersion, parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import { type Platform, parseToolchainName, toolchainName } from './platform.ts';

/** The module that Go releases are served as. @see Go cmd/go/internal/modfetch/toolchain.go (go1.26) */
export const toolchainModule = 'golang.org/toolchain';

/** The version of the toolchain module that holds a release for a platform. */
export function toolchainVersion(release: GoVersion, platform: Platform): string {
  return `${versionPrefix}${toolchainName(renderGoVersion(release), platform)}`;
}

const versionPrefix = 'v0.0.1-';

/** The releases that a proxy's list of toolchains has for a platform, oldest first. Lines of another form are passed over. */
export function parseToolchainList(text: string, { os, arch }: Platform): GoVersion[] {
  const releases = text.split(/\r?\n/).flatMap((line) => {
    const listed = line.startsWith(versionPrefix)
      ? parseToolchainName(line.trim().slice(versionPrefix.length))
      : undefined;
    const version = listed && parseGoVersion(listed.goVersion);
    return version && listed.platform.os === os && listed.platform.arch === arch ? [version] : [];
  });
  return releases.sort(compareGoVersions);
}

/** Whether the constraint itself speaks of a pre-release of this minor. */
function namesPreRelease(constraint: GoConstraint, { major, minor }: GoVersion): boolean {
  return constraint.some(
    ({ version }) => version.pre !== undefined && version.major === major && version.minor === minor,
  );
}

/**
 * The release that a constraint means: the one that it names exactly, whether listed or not since lists are incomplete; else the
 * newest listed one, pre-releases only of a minor whose pre-release the constraint names. `undefined` when there is none.
 */
export function chooseToolchain(
  constraint: GoConstraint,
  releases: readonly GoVersion[],
): GoVersion | undefined {
  const exact = exactGoVersion(constraint);
  if (exact) return exact;
  return releases
    .filter((release) => release.pre === undefined || namesPreRelease(constraint, release))
    .filter((release) => satisfiesGoConstraint(release, constraint))
    .sort(compareGoVersions)
    .at(-1);
}
