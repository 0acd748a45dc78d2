import { reachesGrade } from '@gofleet/build/grade';
import type { ReproductionGrade } from '@gofleet/build/relink';
import type { BuildStatus, GoRuntime, Resolution } from '@gofleet/inject/go-runtime';
import { binariesToRelink, buildKey, minimumGradeOf } from './wanted-builds.ts';

/** The part of a GoRuntime's status that the builder writes. */
export interface BuilderStatus {
  readonly resolution: Resolution;
  readonly builds: readonly BuildStatus[];
}

function isReproductionGrade(grade: BuildStatus['grade']): grade is ReproductionGrade {
  return grade === 'proven' || grade === 'compiled-equal' || grade === 'claimed';
}

/** A build that is ready for others may have too little evidence for this wish. */
function judge(build: BuildStatus, runtime: GoRuntime): BuildStatus {
  const minimum = minimumGradeOf(runtime);
  const { binary, goVersion, phase, grade } = build;
  if (phase !== 'Ready' || (isReproductionGrade(grade) && reachesGrade(grade, minimum))) return build;
  const message = `the original was reproduced as ${grade ?? 'unknown'}; spec.minimumGrade asks for ${minimum}`;
  return { binary, goVersion, phase: 'Failed', ...(grade === undefined ? {} : { grade }), message };
}

/** What pods may still get until the build for the wished release is ready: the artefacts of the wish before. */
function keptBuilds({ status }: GoRuntime, current: readonly BuildStatus[]): readonly BuildStatus[] {
  const observed = new Set((status?.binaries ?? []).map(({ sha256 }) => sha256));
  return (status?.builds ?? []).filter((build) => {
    const isCurrent = current.some(
      ({ binary, goVersion }) => binary === build.binary && goVersion === build.goVersion,
    );
    const isReplaced = current.some(({ binary, phase }) => binary === build.binary && phase === 'Ready');
    return build.phase === 'Ready' && observed.has(build.binary) && !isCurrent && !isReplaced;
  });
}

/** The status of a GoRuntime, from what its version means and how far the builds are. */
export function renderBuilderStatus(
  runtime: GoRuntime,
  resolution: Resolution,
  builds: ReadonlyMap<string, BuildStatus>,
): BuilderStatus {
  const { goVersion } = resolution;
  if (goVersion === undefined) return { resolution, builds: keptBuilds(runtime, []) };
  const current = binariesToRelink(runtime, goVersion).map(({ sha256 }): BuildStatus => {
    const known = builds.get(buildKey(sha256, goVersion));
    return known ? judge(known, runtime) : { binary: sha256, goVersion, phase: 'Queued' };
  });
  return { resolution, builds: [...current, ...keptBuilds(runtime, current)] };
}
