import { parseGoVersion } from '@gofleet/base/go-version';

/** A version as Go's own tools compare it: decimal numbers of any length, kept as text. */
interface Parts {
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
  readonly kind: string;
  readonly pre: string;
}

const none: Parts = { major: '', minor: '', patch: '', kind: '', pre: '' };
const form =
  /^(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)|([a-z](?:[a-z]*))(0|[1-9][0-9]*)?)?)?$/;

function parse(text: string): Parts {
  const match = form.exec(text);
  if (!match) return none;
  const [, major = '', minor, patch, kind = '', pre = ''] = match;
  if (minor === undefined) return { ...none, major, minor: '0', patch: '0' };
  // Before Go 1.21 the first release of a minor was written without a patch number.
  const first = patch === undefined && kind === '' && compareNumbers(minor, '21') < 0 ? '0' : '';
  return { major, minor, patch: patch ?? first, kind, pre };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareNumbers(a: string, b: string): number {
  return a.length === b.length ? compareText(a, b) : a.length - b.length;
}

/**
 * Negative, zero or positive as version `a` (`1.21.3`, without `go`) is before, equal to or after `b`. Other text is equal to
 * other text and before every version. Unlike `compareGoVersions` of base, which orders releases, this takes whatever a go.mod
 * may say.
 * @see Go src/internal/gover/gover.go, Compare (go1.26)
 */
export function compareGover(a: string, b: string): number {
  const [x, y] = [parse(a), parse(b)];
  return (
    compareNumbers(x.major, y.major) ||
    compareNumbers(x.minor, y.minor) ||
    compareNumbers(x.patch, y.patch) ||
    compareText(x.kind, y.kind) ||
    compareNumbers(x.pre, y.pre)
  );
}

/** Whether Go's tools take the text for a version. @see Go src/internal/gover/gover.go, IsValid (go1.26) */
export function isGover(text: string): boolean {
  return form.test(text);
}

/** Whether a version is one that a constraint can be made of: Go's tools take more, such as `1.999test` or `1`. */
export function isComparable(text: string): boolean {
  return isGover(text) && parseGoVersion(text) !== undefined;
}

/** Whether a version is a language version, which names no release: `1.21`, not `1.20`. @see IsLang, same file */
export function isLanguageVersion(text: string): boolean {
  const { major, patch, kind, pre } = parse(text);
  return major !== '' && patch === '' && kind === '' && pre === '';
}

/**
 * The version in the name of a toolchain, without a vendor's suffix: `1.21.3` of `go1.21.3-custom`; empty when it has none.
 * @see Go cmd/go/internal/gover/toolchain.go, FromToolchain (go1.26)
 */
export function goverOfToolchain(name: string): string {
  if (/[\\/]/.test(name) || !name.startsWith('go')) return '';
  const version = name.slice(2).replace(/[ \t-].*$/s, '');
  return isGover(version) ? version : '';
}

/** The first release that satisfies a `go` line: `go1.22.0` for `1.22`, which is no release itself. */
export function firstReleaseOf(version: string): string {
  const isMinor = isLanguageVersion(version) && compareGover(version, '1.21') >= 0;
  return `go${version}${isMinor ? '.0' : ''}`;
}
