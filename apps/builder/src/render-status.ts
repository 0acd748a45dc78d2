import { binariesToRelink, type GoBuild } from '@gofleet/inject/builds';
import { skewRefusal } from '@gofleet/inject/check-skew';
import { isGradeEnough, minimumGradeOf } from '@gofleet/inject/choose-artefact';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { BuildStatus, ObservedBinary, Resolution } from '@gofleet/inject/runtime-status';

/** The part of a GoRuntime's status that the builder writes. */
export interface BuilderStatus {
  readonly resolution: Resolution;
  readonly builds: readonly BuildStatus[];
}

/** The GoBuild that relinks a binary to a release, when there is one. */
export type BuildOf = (binary: ObservedBinary, goVersion: string) => GoBuild | undefined;

/** What a wish has of a build. An artefact that is made again, since the builder lost it, still counts: nodes have it. */
function summarise({ metadata, spec, status }: GoBuild, binary: ObservedBinary): BuildStatus {
  const { phase = 'Queued', message, grade, artefact } = status ?? {};
  const common = { build: metadata.name, binary: binary.sha256, goVersion: spec.goVersion };
  const told = grade === undefined ? {} : { grade };
  if (artefact && phase !== 'Failed')
    return {
      ...{ ...common, phase: 'Ready', ...told, artefact: artefact.sha256, sizeBytes: artefact.sizeBytes },
      ...(artefact.buildId === undefined ? {} : { buildId: artefact.buildId }),
      ...(artefact.image === undefined ? {} : { image: artefact.image }),
    };
  return { ...common, phase, ...told, ...(message === undefined ? {} : { message }) };
}

/** A build that is good enough for others may have too little evidence for this wish. */
function judge(build: BuildStatus, runtime: GoRuntime): BuildStatus {
  if (build.phase !== 'Ready' || isGradeEnough(build, runtime)) return build;
  const { artefact: _, sizeBytes: __, image: ___, buildId: ____, ...kept } = build;
  const minimum = minimumGradeOf(runtime);
  const message = `the original was reproduced as ${build.grade ?? 'unknown'}; spec.minimumGrade asks for ${minimum}`;
  return { ...kept, phase: 'Failed', message };
}

/**
 * What pods may still get until the build for the wished release is ready, or until their wave begins, or again when it regresses: the
 * artefacts of the wish before.
 */
function keptBuilds({ status }: GoRuntime, current: readonly BuildStatus[]): readonly BuildStatus[] {
  const { from, to } = status?.rollout ?? {};
  const observed = new Set((status?.binaries ?? []).map(({ sha256 }) => sha256));
  return (status?.builds ?? []).filter((build) => {
    const isCurrent = current.some(
      ({ binary, goVersion }) => binary === build.binary && goVersion === build.goVersion,
    );
    const isReplaced = current.some(({ binary, phase }) => binary === build.binary && phase === 'Ready');
    const isHeld = [from, to].some((each) => each?.wish.runtime?.goVersion === build.goVersion);
    const isKept = isHeld || !isReplaced;
    return build.phase === 'Ready' && observed.has(build.binary) && !isCurrent && isKept;
  });
}

/** What was said of a finished build whose GoBuild is not there: deleted to be built again, or not made yet. */
function rememberedBuild(
  { status }: GoRuntime,
  { sha256 }: ObservedBinary,
  goVersion: string,
): BuildStatus | undefined {
  return status?.builds?.find(
    (build) => build.binary === sha256 && build.goVersion === goVersion && build.phase === 'Ready',
  );
}

/** The status of a GoRuntime, from what its version means and how far the builds are. */
export function renderBuilderStatus(
  runtime: GoRuntime,
  resolution: Resolution,
  buildOf: BuildOf,
): BuilderStatus {
  const { goVersion } = resolution;
  if (goVersion === undefined) return { resolution, builds: keptBuilds(runtime, []) };
  const current = binariesToRelink(runtime, goVersion).map((binary): BuildStatus => {
    const refusal = skewRefusal(runtime, binary, goVersion);
    if (refusal !== undefined) return { binary: binary.sha256, goVersion, phase: 'Failed', message: refusal };
    const build = buildOf(binary, goVersion);
    if (build) return judge(summarise(build, binary), runtime);
    const remembered = rememberedBuild(runtime, binary, goVersion);
    return remembered ?? { binary: binary.sha256, goVersion, phase: 'Queued' };
  });
  return { resolution, builds: [...current, ...keptBuilds(runtime, current)] };
}
