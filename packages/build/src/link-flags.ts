import type { RelinkOriginal } from './relink-original.ts';

/** By whether the symbol table is missing: the ways to leave it out, likeliest first. */
const strippings = {
  true: ['-s -w', '-s'],
  false: ['', '-w'],
  undefined: ['', '-s -w', '-w', '-s'],
} as const;

/** A value as the `go` command splits flags; `undefined` when it cannot be said. @see Go cmd/internal/quoted Split (go1.26) */
function quote(text: string): string | undefined {
  if (!/[\s'"]/.test(text)) return text;
  if (!text.includes("'")) return `'${text}'`;
  return text.includes('"') ? undefined : `"${text}"`;
}

function renderValues(values: ReadonlyMap<string, string>): string {
  const settings = [...values].flatMap(([name, value]) => quote(`${name}=${value}`) ?? []);
  return settings.map((setting) => ` -X ${setting}`).join('');
}

/**
 * The link flags that an original may have been built with, likeliest first. `-trimpath` keeps them from being recorded; a missing
 * symbol table and a missing build ID tell of some. Which of them it was, only an equal rebuild tells.
 * @param values - what `-X` may have set, likeliest first
 * @see https://go.dev/issue/52372
 */
export function likelyLinkFlags(
  { settings, stripped, buildId }: RelinkOriginal,
  values: readonly ReadonlyMap<string, string>[] = [],
): readonly string[] {
  const recorded = settings['-ldflags'];
  if (recorded !== undefined || settings['-trimpath'] !== 'true') return [recorded ?? ''];
  const ending = buildId === '' ? ' -buildid=' : '';
  const sets = values.length > 0 ? [...values, new Map<string, string>()] : [new Map<string, string>()];
  const strips = strippings[`${stripped}`];
  // The likely way to strip is nearly always right: all values are tried with it before the others.
  return strips.flatMap((strip) => sets.map((set) => `${strip}${renderValues(set)}${ending}`.trim()));
}
