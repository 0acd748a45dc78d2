import type { GoWish } from '../declaration.ts';
import { anyRelease, parseVersionWish } from '../version-wish.ts';

const range = /^(\^|~|>=|<=|>|<|=)?\s*(?:go)?(\d+(?:\.\d+){0,2})(?:-?((?:alpha|beta|rc)\.?\d+))?$/;

/** The version after which a caret or tilde range ends. */
function ceilingOf(operator: string, version: string): string {
  const [major = '0', minor = '0'] = version.split('.');
  return operator === '^' ? `${Number(major) + 1}.0` : `${major}.${Number(minor) + 1}`;
}

function readTerm(term: string): string | undefined {
  const match = range.exec(term);
  if (!match) return undefined;
  const [, operator, number = '', pre] = match;
  const minor = number.includes('.') ? number : `${number}.0`;
  const version =
    pre === undefined ? minor : `${minor.split('.').slice(0, 2).join('.')}${pre.replace('.', '')}`;
  if (operator === '^' || operator === '~') return `>=${version} <${ceilingOf(operator, minor)}`;
  return `${operator ?? '='}${version}`;
}

/**
 * What a `go-version` of actions/setup-go asks for: `1.26.8`, `1.26`, `1.26.x`, `^1.25.1`, `>=1.25 <1.27`, `1.27.0-rc.1`, `stable`,
 * `oldstable`; `undefined` for text that is none of these.
 * @see actions/setup-go, README and src/installer.ts
 */
export function parseSetupGoVersion(text: string): GoWish | undefined {
  if (text === 'stable' || text === '*' || text === 'x') return anyRelease;
  if (text === 'oldstable' || text.includes('||')) return { kind: 'unknown' };
  const plain = text.replace(/(?:\.[x*])+$/, '');
  const pinned = plain === text && /-/.test(text) ? undefined : parseVersionWish(plain, 'newest');
  if (pinned) return pinned;
  const terms = text
    .replace(/([<>=^~])\s+/g, '$1')
    .split(/\s+/)
    .map(readTerm);
  if (terms.some((term) => term === undefined)) return undefined;
  const constraint = terms.join(' ');
  const exact = /^=(\S+)$/.exec(constraint)?.[1];
  return exact === undefined
    ? { kind: 'constraint', constraint }
    : { kind: 'release', release: `go${exact}` };
}
