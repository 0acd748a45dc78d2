import { GofleetError } from './errors.ts';

const powers = { '': 0, K: 1, M: 2, G: 3, T: 4 } as const;

/**
 * A number of bytes from text such as `10GB`, `1.5 GiB`, `512M` or `4096`: `KB` is 1000 bytes, `KiB` and a bare `K` 1024.
 * @throws `base.malformed-size`
 */
export function parseSize(text: string): number {
  const [, digits, prefix = '', unit = ''] =
    /^(\d{1,15}(?:\.\d{1,6})?)\s*([KMGT]?)(i?B)?$/i.exec(text.trim()) ?? [];
  if (digits === undefined || (prefix === '' && unit.toLowerCase() === 'ib')) {
    throw new GofleetError('base.malformed-size', `expected a size such as 10GB or 512MiB, found "${text}"`);
  }
  const base = unit.toLowerCase() === 'b' ? 1000 : 1024;
  return Math.floor(Number(digits) * base ** powers[prefix.toUpperCase() as keyof typeof powers]);
}
