import { reachesGrade } from '@gofleet/build/grade';
import type { ReproductionGrade } from '@gofleet/build/relink';
import type { GoRuntime, ObservedBinary } from '@gofleet/inject/go-runtime';

/** A relink that some GoRuntime wants. */
export interface WantedBuild {
  readonly binary: ObservedBinary;
  /** The exact release. */
  readonly goVersion: string;
  /** The least that one of the GoRuntimes accepts. */
  readonly minimumGrade: ReproductionGrade;
}

/** What a build is known by: original and target. */
export function buildKey(binary: string, goVersion: string): string {
  return `${binary} ${goVersion}`;
}

/** The least evidence that a GoRuntime accepts. */
export function minimumGradeOf({ spec }: GoRuntime): ReproductionGrade {
  return spec.minimumGrade ?? 'compiled-equal';
}

/** The originals of a GoRuntime that have another Go than the target; each content once. */
export function binariesToRelink(runtime: GoRuntime, goVersion: string): ObservedBinary[] {
  const byContent = new Map((runtime.status?.binaries ?? []).map((binary) => [binary.sha256, binary]));
  return [...byContent.values()].filter((binary) => binary.goVersion !== goVersion);
}

/**
 * Every relink that is wanted, by key; those that several GoRuntimes want appear once, with the lowest minimum grade.
 * `targetOf` answers the exact release that a GoRuntime means, when it is known.
 */
export function listWantedBuilds(
  runtimes: Iterable<GoRuntime>,
  targetOf: (runtime: GoRuntime) => string | undefined,
): Map<string, WantedBuild> {
  const wanted = new Map<string, WantedBuild>();
  for (const runtime of runtimes) {
    const goVersion = targetOf(runtime);
    if (goVersion === undefined || runtime.metadata.deletionTimestamp !== undefined) continue;
    for (const binary of binariesToRelink(runtime, goVersion)) {
      const key = buildKey(binary.sha256, goVersion);
      const known = wanted.get(key);
      const minimumGrade = minimumGradeOf(runtime);
      if (!known || reachesGrade(known.minimumGrade, minimumGrade))
        wanted.set(key, { binary, goVersion, minimumGrade });
    }
  }
  return wanted;
}
