import { GofleetError } from '@gofleet/base/errors';

/** One entry of GOPROXY. `always` goes on to the next entry after any error, else only when the answer is 404 or 410. */
export interface GoProxyEntry {
  /** `direct`, `off`, or a base address without a slash at its end. */
  readonly url: string;
  readonly fallback: 'not-found' | 'always';
}

/**
 * The entries of a GOPROXY value, in order: a comma goes on after "not found" only, a pipe after any error.
 * @throws `resolve.malformed-goproxy`
 * @see https://go.dev/ref/mod#goproxy-protocol
 */
export function parseGoProxy(value: string): GoProxyEntry[] {
  const entries = [...value.matchAll(/([^,|]*)([,|]|$)/g)]
    .map(([, url = '', separator]) => ({
      url: url.trim().replace(/\/+$/, ''),
      fallback: separator === '|' ? ('always' as const) : ('not-found' as const),
    }))
    .filter(({ url }) => url !== '');
  const wrong = entries.find(({ url }) => !/^(?:direct|off|https?:\/\/\S+|file:\/\/\S+)$/.test(url));
  if (!wrong && entries.length > 0) return entries;
  const found = wrong ? withoutSecrets(wrong.url) : 'nothing';
  throw new GofleetError(
    'resolve.malformed-goproxy',
    `GOPROXY lists addresses, "direct" or "off", found ${found}`,
  );
}

/** An address without the user and password that it may hold. */
export function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}

const pathForm = /^[A-Za-z0-9\-._~!]+(?:\/[A-Za-z0-9\-._~!]+)*$/;
const versionForm = /^[A-Za-z0-9\-._~!+]+$/;

function escapeCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

function malformed(what: string, text: string): GofleetError {
  return new GofleetError(`resolve.malformed-${what}`, `"${text.slice(0, 200)}" is no module ${what}`);
}

/**
 * A module path as proxies write it: upper case letters become `!` and the lower case letter.
 * @throws `resolve.malformed-path`
 * @see golang.org/x/mod/module EscapePath
 */
export function escapeModulePath(path: string): string {
  if (!pathForm.test(path) || path.includes('!') || /(?:^|\/)\.{1,2}(?:\/|$)/.test(path)) {
    throw malformed('path', path);
  }
  return escapeCase(path);
}

/**
 * A module version as proxies write it.
 * @throws `resolve.malformed-version`
 */
export function escapeModuleVersion(version: string): string {
  if (!versionForm.test(version) || version.includes('!') || /^\.+$/.test(version)) {
    throw malformed('version', version);
  }
  return escapeCase(version);
}

/** The path of a module's list of versions, below a proxy's address. */
export function versionListPath(module: string): string {
  return `${escapeModulePath(module)}/@v/list`;
}

/** The path of one version's file, below a proxy's address. */
export function versionFilePath(module: string, version: string, kind: 'info' | 'mod' | 'zip'): string {
  return `${escapeModulePath(module)}/@v/${escapeModuleVersion(version)}.${kind}`;
}
