/** What a registry asks for before it answers. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

const parameter = /([a-zA-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g;

/**
 * What a `WWW-Authenticate` header asks for; `undefined` when it is something else.
 * @see RFC 9110, section 11.6.1; https://distribution.github.io/distribution/spec/auth/token/
 */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*([A-Za-z]+)(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  const values = new Map<string, string>();
  for (const [, name = '', quoted, bare] of rest.matchAll(parameter)) {
    values.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '');
  }
  const [realm, service, scope] = ['realm', 'service', 'scope'].map((name) => values.get(name));
  if (scheme.toLowerCase() !== 'bearer' || realm === undefined) return undefined;
  return {
    scheme: 'bearer',
    realm,
    ...(service === undefined ? {} : { service }),
    ...(scope === undefined ? {} : { scope }),
  };
}
