import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import type { RelinkOriginal } from '../relink-original.ts';

/** What the checkout was like that an original was built in, as far as the `go` command recorded it. */
export interface VcsFacts {
  /** The full commit hash. */
  readonly revision: string;
  /** Seconds since the epoch. */
  readonly timeSeconds: number;
  readonly modified: boolean;
  /** The tag of the commit, without the prefix of a module in a sub-directory. */
  readonly tag?: string;
  /** The newest tag before the commit, as its pseudo-version tells. */
  readonly earlierTag?: string;
}

const pseudo = /^(v\d+)\.(\d+)\.(\d+)-(?:(.*)\.)?(?:0\.)?\d{14}-[0-9a-f]{12}$/;

/** The tags that make the `go` command say a version of a commit: its own, or the one that a pseudo-version builds on. */
function tagsOf(version: string): Pick<VcsFacts, 'tag' | 'earlierTag'> {
  const plain = version.replace(/\+.*$/, '');
  if (!/^v\d/.test(plain)) return {};
  const match = pseudo.exec(plain);
  if (!match) return { tag: plain };
  const [, major, minor, patch, pre] = match;
  if (/^v\d+\.0\.0-\d{14}-/.test(plain)) return {};
  if (pre === undefined || pre === '0') {
    return { earlierTag: `${major}.${minor}.${Number(patch) - 1}` };
  }
  return { earlierTag: `${major}.${minor}.${patch}-${pre.replace(/\.0$/, '')}` };
}

/**
 * The facts that a checkout has to show again; `undefined` when none were recorded, or not by git.
 * @see Go cmd/go/internal/load/pkg.go setBuildInfo, golang.org/x/mod/module IsPseudoVersion (go1.26)
 */
export function vcsFactsOf({ settings, main }: RelinkOriginal): VcsFacts | undefined {
  const revision = settings['vcs.revision'];
  const time = Date.parse(settings['vcs.time'] ?? '');
  if (settings.vcs !== 'git' || revision === undefined || !/^[0-9a-f]{40}$/.test(revision)) return undefined;
  return {
    revision,
    timeSeconds: Number.isNaN(time) ? 0 : Math.floor(time / 1000),
    modified: settings['vcs.modified'] === 'true',
    ...tagsOf(main?.version ?? ''),
  };
}

/** Whether the `go` command took the main module's version from the repository, as it does since Go 1.24. */
export const isStamped = ({ main }: RelinkOriginal): boolean => /^v\d/.test(main?.version ?? '');

/** The first release that takes the version from the repository. */
const stampsVersions = { major: 1, minor: 24, patch: undefined, pre: undefined, suffix: '' } as const;

/**
 * Whether the root of the repository was no module: a commit is recorded, and no version, by a release that would have.
 * @see Go cmd/go/internal/load/pkg.go setBuildInfo (go1.26)
 */
export function liesBelowRepository(original: RelinkOriginal): boolean {
  const go = parseGoVersion(original.goVersion);
  const isNew = go !== undefined && compareGoVersions(go, stampsVersions) >= 0;
  return isNew && vcsFactsOf(original) !== undefined && original.main?.version === '(devel)';
}

const hosts = /^(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)\//;

/**
 * The directory of a module in its repository when the host's naming tells: `example/sub` of `github.com/a/b/example/sub/v2`;
 * empty for the root and for hosts that name repositories otherwise.
 */
export function moduleDirectory(path: string): string {
  if (!hosts.test(path)) return '';
  return path
    .split('/')
    .slice(3)
    .filter((part, index, parts) => index < parts.length - 1 || !/^v[2-9]\d*$|^v1\d+$/.test(part))
    .join('/');
}
