import type { GoPod } from './go-pod.ts';

/** On pods that a wish selects: JSON of {@link Identity} by container name, written by the controller from what nodes read. */
export const runningAnnotation = 'gofleet.dev/running';

/** What tells a log line's program apart from every other. */
export interface Identity {
  readonly goVersion: string;
  /** As Go's linker wrote it; absent when it was removed. */
  readonly buildId?: string;
  /** 12 hexadecimal digits of sha256 over the module graph; absent without build info. */
  readonly fingerprint?: string;
}

/**
 * The value of the annotation: the Go programs that run in the containers with these IDs, by container name in order. `undefined` when
 * there is none. Facts of a container that ended meanwhile do not count.
 */
export function renderIdentities(
  { containers = [] }: Pick<GoPod, 'containers'>,
  containerIds: ReadonlySet<string>,
): string | undefined {
  const known = containers.flatMap(({ name, running }): [string, Identity][] => {
    const { containerId, goVersion, buildId, fingerprint } = running;
    if (goVersion === undefined || !containerIds.has(containerId)) return [];
    const more = { ...(buildId ? { buildId } : {}), ...(fingerprint ? { fingerprint } : {}) };
    return [[name, { goVersion, ...more }]];
  });
  if (known.length === 0) return undefined;
  return JSON.stringify(Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1))));
}
