import { GofleetError } from './errors.ts';

/**
 * A Go release: `1.21` (a language version, before every 1.21.x release), `1.21rc2`, `1.21.3`. `suffix` holds what
 * follows in a vendor's or experiment's version string, such as `X:nocoverageredesign` or `-1-microsoft`.
 */
export interface GoVersion {
  readonly major: number;
  readonly minor: number;
  /** `undefined` for a bare language version such as `go1.21`. */
  readonly patch: number | undefined;
  readonly pre: { readonly kind: 'alpha' | 'beta' | 'rc'; readonly number: number } | undefined;
  readonly suffix: string;
}

const pattern = /^(?:go)?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:(alpha|beta|rc)(\d{1,4}))?((?:[ +-].*)?)$/;

/**
 * The parts of a Go version written with or without the prefix `go`, or `undefined` when it is none (`devel …`).
 * @see Go src/internal/gover/gover.go (go1.26)
 */
export function parseGoVersion(text: string): GoVersion | undefined {
  const match = pattern.exec(text.trim());
  if (!match) return undefined;
  const [, major, minor, patch, kind, number, suffix] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: patch === undefined ? undefined : Number(patch),
    pre: kind === undefined ? undefined : { kind: kind as 'alpha' | 'beta' | 'rc', number: Number(number) },
    suffix: (suffix ?? '').trim(),
  };
}

/**
 * A Go version that names one release, such as `1.21.3` or `1.21rc2`.
 * @throws `base.malformed-go-version`
 */
export function requireGoRelease(text: string): GoVersion {
  const version = parseGoVersion(text);
  const isRelease =
    version && (version.patch !== undefined || version.pre !== undefined || version.minor < 21);
  if (version && isRelease) return version;
  throw new GofleetError('base.malformed-go-version', `"${text}" does not name a Go release`, {
    facts: { version: text },
    hint: 'write a full release such as 1.26.8',
  });
}

const preRank = { alpha: 0, beta: 1, rc: 2 } as const;

/** Where a version stands among those of its minor: language version < alpha < beta < rc < .0 < .1 … */
function rank(version: GoVersion): readonly number[] {
  const { major, minor, patch, pre } = version;
  if (pre) return [major, minor, 0, 1 + preRank[pre.kind], pre.number];
  // Before Go 1.21 the first release of a minor was written without a patch number.
  if (patch === undefined) return minor < 21 ? [major, minor, 1, 0, 0] : [major, minor, 0, 0, 0];
  return [major, minor, 1, patch, 0];
}

/** Negative, zero or positive as `a` is before, equal to or after `b`; suffixes are not compared. */
export function compareGoVersions(a: GoVersion, b: GoVersion): number {
  const left = rank(a);
  const right = rank(b);
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The version as Go writes it: `go1.21.3`, without the suffix. */
export function renderGoVersion(version: GoVersion): string {
  const { major, minor, patch, pre } = version;
  const tail = `${patch === undefined ? '' : `.${patch}`}${pre ? `${pre.kind}${pre.number}` : ''}`;
  return `go${major}.${minor}${tail}`;
}
