import type { RelinkOriginal } from './relink-original.ts';

/** By whether the symbol table is missing: the ways to leave it out, likeliest first. */
const strippings = {
  true: ['-s -w', '-s'],
  false: ['', '-w'],
  undefined: ['', '-s -w', '-w', '-s'],
} as const;

/**
 * The link flags that an original may have been built with, likeliest first. `-trimpath` keeps them from being recorded; a missing
 * symbol table and a missing build ID tell of some. Which of them it was, only an equal rebuild tells.
 * @see https://go.dev/issue/52372
 */
export function likelyLinkFlags({ settings, stripped, buildId }: RelinkOriginal): readonly string[] {
  const recorded = settings['-ldflags'];
  if (recorded !== undefined || settings['-trimpath'] !== 'true') return [recorded ?? ''];
  const flags = strippings[`${stripped}`];
  return buildId === '' ? flags.map((flag) => `${flag} -buildid=`.trim()) : flags;
}
