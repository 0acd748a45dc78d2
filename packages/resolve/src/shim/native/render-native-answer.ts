import type { AnswerConditions, ShimTarget } from '../render-answer.ts';

/** Where a native shim looks for its copy of an answer that the script has in `entry`. */
export function nativeEntry(entry: string): string {
  return entry.replace(/\/\.go,([^/]*)$/, '/.native,$1');
}

function renderPath(path: AnswerConditions['path']): string[] {
  if (!path) return [];
  return 'whole' in path ? [`P${path.whole}`] : [`n${path.nextGo}`];
}

/**
 * An answer for a native shim: fields that each end with a zero byte, told apart by their first letter. All but the last two are
 * conditions: `f`ound, `c`ontext, `t`ime of a file, `a`bsent file, `n`ext go in PATH or all of `P`ATH; then `v`ersion and GO`r`oot.
 */
export function renderNativeAnswer(
  { version, goRoot }: ShimTarget,
  { found, context, files, absent, path }: AnswerConditions,
): string {
  const fields = [
    `f${found}`,
    `c${context}`,
    ...files.map(({ path: file, mtimeNs }) => `t${mtimeNs} ${file}`),
    ...absent.map((file) => `a${file}`),
    ...renderPath(path),
    `v${version}`,
    `r${goRoot}`,
  ];
  return fields.map((field) => `${field}\0`).join('');
}
