import type { GoWish } from './declaration.ts';
import { isComparable, isLanguageVersion } from './gover.ts';

/** Any release at all; the newest is meant. */
export const anyRelease: GoWish = { kind: 'constraint', constraint: '>=1.0' };

const unknown: GoWish = { kind: 'unknown' };
const local: GoWish = { kind: 'local' };

/** Whether the text is a version, or the major one alone. */
function isVersion(text: string): boolean {
  return isComparable(text) || /^\d{1,4}$/.test(text);
}

/** The newest release that starts with the version: `1.26` is any 1.26.x, `1` any 1.x. */
function newestOf(version: string): GoWish {
  if (/^\d+$/.test(version)) {
    return { kind: 'constraint', constraint: `>=${version}.0 <${Number(version) + 1}.0` };
  }
  const isWhole = /^\d+\.\d+(?:\.|[a-z])/.test(version);
  return isWhole ? { kind: 'release', release: `go${version}` } : { kind: 'constraint', constraint: version };
}

/** How a tool reads a minor without a patch number. */
export type MinorReading =
  /** `1.20` is the release go1.20, `1.26` any 1.26.x since no release is called so. */
  | 'release'
  /** `1.20` and `1.26` are the newest of their minor. */
  | 'newest';

/**
 * What a version in the notation of version managers asks for: `1.26.8`, `go1.26.8`, `1.26`, `1`, `1.27rc1`, `latest`,
 * `latest:1.26`, `prefix:1.26`, `system`; `ref:…`, `path:…`, `sub-…` and `tip` are unknown. `undefined` for text that is none of these.
 */
export function parseVersionWish(text: string, minor: MinorReading): GoWish | undefined {
  if (text === 'latest' || text === 'latest-stable') return anyRelease;
  if (text === 'system') return local;
  if (/^(?:ref|path|tag|branch|rev):.|^sub-.+:|^tip$/.test(text)) return unknown;
  const [, scope, version = ''] = /^(latest:|prefix:)?(?:go)?(.*)$/s.exec(text) ?? [];
  if (!isVersion(version)) return undefined;
  const isRelease = scope === undefined && minor === 'release' && !isLanguageVersion(version);
  return isRelease ? { kind: 'release', release: `go${version}` } : newestOf(version);
}
