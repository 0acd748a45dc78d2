import { GofleetError } from '@gofleet/base/errors';
import { parseVerifierKey, type VerifierKey } from './verifier-key.ts';

/** Which checksum database vouches for toolchains. */
export interface SumdbChoice {
  readonly key: VerifierKey;
  /** Its own address when GOSUMDB names one; else proxies are asked first, then the address that its name is. */
  readonly url?: string;
}

const hint =
  'set GOSUMDB to NAME+HASH+KEY, the key that the database publishes; an installed Go has it in src/cmd/go/internal/modfetch/key.go';

function fail(why: string): GofleetError {
  return new GofleetError(
    'resolve.no-sumdb',
    `toolchains are checked against a checksum database, but ${why}`,
    { hint },
  );
}

const keyLine = /"([^"\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*)"/g;

/**
 * The verifier keys that a Go release knows by heart, from its own source.
 * @see Go cmd/go/internal/modfetch/key.go
 */
export function parseKnownKeys(source: string): string[] {
  return [...source.matchAll(keyLine)].map(([, key = '']) => key);
}

/**
 * The database that a GOSUMDB value names: `NAME+HASH+KEY`, or the name of a known key, each with an address after it or without.
 * `off` switches it off for modules; for toolchains the one that Go knows is used all the same.
 * @throws `resolve.no-sumdb`, `resolve.malformed-verifier-key`
 */
export function parseGoSumdb(value: string, knownKeys: readonly string[]): SumdbChoice {
  const [name = '', url, ...rest] = value.split(/\s+/).filter(Boolean);
  if (rest.length > 0) throw fail('GOSUMDB has more than a key and an address');
  if (name === '' || name === 'off') {
    const [only] = knownKeys;
    if (only === undefined) throw fail(`GOSUMDB is ${name || 'not set'} and no installed Go tells a key`);
    return { key: parseVerifierKey(only) };
  }
  const key = name.includes('+') ? name : knownKeys.find((known) => known.startsWith(`${name}+`));
  if (key === undefined) throw fail(`GOSUMDB names ${name} without its key, and no installed Go knows it`);
  if (url !== undefined && !/^(?:https?|file):\/\/\S+$/.test(url))
    throw fail('the address in GOSUMDB is none');
  return { key: parseVerifierKey(key), ...(url === undefined ? {} : { url: url.replace(/\/+$/, '') }) };
}
