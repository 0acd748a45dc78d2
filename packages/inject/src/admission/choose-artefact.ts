import type { ReproductionGrade } from '@gofleet/build/relink';
import type { Grade } from '@gofleet/identify/binary-facts';
import { currentResolution } from '../declaration/pinned-release.ts';
import { wishedVersion } from '../declaration/wished-version.ts';
import type { GoRuntime } from '../go-runtime.ts';
import type { BuildStatus, ObservedBinary } from '../runtime-status.ts';

const grades: readonly Grade[] = ['proven', 'compiled-equal', 'claimed', 'guessed', 'unknown'];

/** The least evidence that a GoRuntime accepts. */
export function minimumGradeOf({ spec }: GoRuntime): ReproductionGrade {
  return spec.minimumGrade ?? 'compiled-equal';
}

/** Whether a build's evidence is at least what the wish asks for. */
export function isGradeEnough({ grade }: Pick<BuildStatus, 'grade'>, runtime: GoRuntime): boolean {
  return grades.indexOf(grade ?? 'unknown') <= grades.indexOf(minimumGradeOf(runtime));
}

/** The exact release that the wish means now; `undefined` until the builder has resolved the version that is wished. */
export function targetOf(runtime: GoRuntime): string | undefined {
  return wishedVersion(runtime) === undefined ? undefined : currentResolution(runtime)?.goVersion;
}

/** The binaries observed in containers of an image, as the pod's spec writes it. */
export function binariesOf({ status }: GoRuntime, image: string | undefined): readonly ObservedBinary[] {
  return (status?.binaries ?? []).filter((binary) => binary.image === image);
}

/** The build of a binary for the target release, in whatever phase. */
export function buildOf({ status }: GoRuntime, sha256: string, target: string): BuildStatus | undefined {
  return status?.builds?.find((build) => build.binary === sha256 && build.goVersion === target);
}

/** An artefact that may be mounted, and what it replaces. */
export interface Choice {
  readonly binary: ObservedBinary;
  readonly artefact: string;
  readonly goVersion: string;
  /** Of the artefact, as Go's linker wrote it. */
  readonly buildId?: string;
  /** Where nodes can pull it from. */
  readonly image?: string;
  readonly sizeBytes?: number;
}

/** The build for the target release when it is ready, else the one of the wish before: pods never fall back to their original between. */
function chooseBuild(runtime: GoRuntime, binary: ObservedBinary): BuildStatus | undefined {
  const target = targetOf(runtime);
  const ready = (runtime.status?.builds ?? []).filter(
    (build) => build.binary === binary.sha256 && build.phase === 'Ready' && isGradeEnough(build, runtime),
  );
  return ready.find(({ goVersion }) => goVersion === target) ?? ready[0];
}

/** What is ready to be mounted in containers of an image; binaries that are built by the target release already need nothing. */
export function chooseArtefacts(runtime: GoRuntime, image: string | undefined): readonly Choice[] {
  const target = targetOf(runtime);
  return binariesOf(runtime, image).flatMap((binary) => {
    if (binary.goVersion === target) return [];
    const build = chooseBuild(runtime, binary);
    if (build?.artefact === undefined) return [];
    const { artefact, goVersion, buildId, image: published, sizeBytes } = build;
    return [
      {
        ...{ binary, artefact, goVersion },
        ...(buildId === undefined ? {} : { buildId }),
        ...(published === undefined ? {} : { image: published }),
        ...(sizeBytes === undefined ? {} : { sizeBytes }),
      },
    ];
  });
}

/** Whether anything of a wish is ready to be mounted somewhere; until then no pod is sent to the webhook for it. */
export function hasReadyArtefact(runtime: GoRuntime): boolean {
  const images = new Set((runtime.status?.binaries ?? []).map(({ image }) => image));
  return [...images].some((image) => chooseArtefacts(runtime, image).length > 0);
}
