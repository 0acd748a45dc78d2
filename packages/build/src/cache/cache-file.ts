/** A file of a build cache, or a directory with one program in it (from Go 1.24 on). */
export interface CacheFile {
  /** `ab/ab12…-d`, relative to the cache. */
  readonly name: string;
  /** `action`: 175 bytes that name an output; `data`: an output. */
  readonly kind: 'action' | 'data';
  /** What it occupies on disk. */
  readonly sizeBytes: number;
  /** Last use, up to an hour late: the `go` command writes it at most that often. */
  readonly usedAtMs: number;
}

const form = /^([0-9a-f]{2})\/(\1[0-9a-f]{62})-([ad])$/;

/** The hash and the kind that the name of a cache file says; `undefined` for another file. */
export function parseCacheName(
  name: string,
): { readonly hash: string; readonly kind: CacheFile['kind'] } | undefined {
  const [, , hash, letter] = form.exec(name) ?? [];
  return hash === undefined ? undefined : { hash, kind: letter === 'a' ? 'action' : 'data' };
}

/** The name of the file that holds an output, relative to the cache. */
export function outputName(outputId: string): string {
  return `${outputId.slice(0, 2)}/${outputId}-d`;
}

/** The name of the file that says which output an action had, relative to the cache. */
export function actionName(actionId: string): string {
  return `${actionId.slice(0, 2)}/${actionId}-a`;
}
