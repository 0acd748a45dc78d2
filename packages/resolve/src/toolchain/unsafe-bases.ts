import { compareGoVersions, type GoVersion, parseGoVersion } from '@gofleet/base/go-version';

/** A hole in the `go` command's own checking of what it downloads. */
export interface ChecksumBypass {
  readonly cve: string;
  readonly issue: string;
  readonly what: string;
  /** The first release of each minor without it; older minors never got the fix, newer ones never had it. */
  readonly fixedIn: readonly string[];
  /** Whether it takes a hostile go.sum in the directory in which `go` runs. */
  readonly needsHostileProject: boolean;
}

/**
 * Known holes through which a `go` command runs a toolchain or accepts a module that nobody vouches for.
 * @see https://pkg.go.dev/vuln/GO-2026-4984, GO-2026-6180, GO-2026-6179 and the CVE record of CVE-2026-94447: there are the fixed releases
 */
export const checksumBypasses: readonly ChecksumBypass[] = [
  {
    cve: 'CVE-2026-42501',
    issue: 'golang/go#79070',
    what: 'accepts an empty or unrelated answer of the checksum database for a toolchain',
    fixedIn: ['1.25.10', '1.26.3'],
    needsHostileProject: false,
  },
  {
    cve: 'CVE-2026-56864',
    issue: 'golang/go#80745',
    what: "believes checksums that are not part of the checksum database's log",
    fixedIn: ['1.25.13', '1.26.6', '1.27rc3'],
    needsHostileProject: false,
  },
  {
    cve: 'CVE-2026-56865',
    issue: 'golang/go#80744',
    what: 'does not check every tile of the checksum database that a proxy gives it',
    fixedIn: ['1.25.13', '1.26.6', '1.27rc3'],
    needsHostileProject: false,
  },
  {
    cve: 'CVE-2026-94447',
    issue: 'golang/go#81834',
    what: 'believes a go.sum of the current directory about toolchains',
    fixedIn: ['1.26.9', '1.27.2'],
    needsHostileProject: true,
  },
];

function hasFix(release: GoVersion, fixedIn: readonly string[]): boolean {
  const fixes = fixedIn.flatMap((text) => parseGoVersion(text) ?? []);
  const ofMinor = fixes.find(({ major, minor }) => major === release.major && minor === release.minor);
  if (ofMinor) return compareGoVersions(release, ofMinor) >= 0;
  return fixes.every((fix) => compareGoVersions(release, fix) > 0);
}

/** The holes that the `go` command of a release has; it should not be the one that fetches other releases. */
export function findChecksumBypasses(release: GoVersion): ChecksumBypass[] {
  return checksumBypasses.filter(({ fixedIn }) => !hasFix(release, fixedIn));
}
