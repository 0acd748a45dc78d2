import { parseBuildInfo } from '@gofleet/identify/build-info';
import { modulesFingerprint } from '@gofleet/identify/fingerprint';
import type { GoBuild } from '../builds/go-build.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { type Injection, isEnvironment, isMounted, isToolchain, renderSwitches } from '../injection.ts';
import type { Identity } from '../reports/identity.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import { isSandbox } from '../sandbox/want-sandbox.ts';

/**
 * The module graph's fingerprint of a program, from its build info as recorded; a relinked program has that of its original. `undefined`
 * without build info.
 */
export function fingerprintOf({
  buildInfo,
  goVersion,
  fingerprint,
}: Pick<ObservedBinary, 'buildInfo' | 'goVersion' | 'fingerprint'>): string | undefined {
  if (fingerprint !== undefined) return fingerprint;
  try {
    return buildInfo === '' ? undefined : modulesFingerprint(parseBuildInfo(buildInfo, goVersion).deps);
  } catch {
    return undefined;
  }
}

function identity(goVersion: string, more: { buildId: string | undefined; of: ObservedBinary | undefined }) {
  const fingerprint = more.of && fingerprintOf(more.of);
  return {
    goVersion,
    ...(more.buildId ? { buildId: more.buildId } : {}),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** What the wishes say of an artefact, an executable or a Go release; `undefined` when none names it. */
export function identityOfArtefact(sha256: string, runtimes: Iterable<GoRuntime>): Identity | undefined {
  for (const { status } of runtimes) {
    const build = status?.builds?.find(({ artefact }) => artefact === sha256);
    const of = status?.binaries?.find((binary) => binary.sha256 === build?.binary);
    if (build) return identity(build.goVersion, { buildId: build.buildId, of });
    const release = status?.toolchain?.releases?.find(({ artefact }) => artefact === sha256);
    if (release?.goVersion !== undefined) return { goVersion: release.goVersion };
  }
  return undefined;
}

/** What is built, and of what, for log lines; `buildId` once it is made. */
export function identityOfBuild({ spec, status }: GoBuild): Readonly<Record<string, unknown>> {
  const { original, goVersion } = spec;
  const { buildId } = status?.artefact ?? {};
  const fingerprint = fingerprintOf(original);
  return {
    ...{ goVersion, originalGoVersion: original.goVersion, originalBuildId: original.buildId },
    ...(buildId === undefined ? {} : { buildId }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/**
 * What was done to a container, for log lines: by whose wish, and the identity of the program that it will run. A program that is left
 * as it is has that of the one that was observed in its image.
 */
export function describeInjection(
  injection: Injection,
  runtimes: readonly GoRuntime[],
): Readonly<Record<string, unknown>> {
  const { container, runtime, path, imageId, goVersion } = injection;
  const common = { container, runtime, path };
  if (isMounted(injection)) {
    const { artefact, from } = injection;
    const known = identityOfArtefact(artefact, runtimes);
    return { ...common, artefact, delivery: from?.delivery ?? 'csi', goVersion, ...known };
  }
  if (isToolchain(injection)) return { ...common, releases: injection.releases };
  if (isSandbox(injection)) return { ...common, goVersions: injection.goVersions };
  const of = runtimes
    .flatMap(({ status }) => status?.binaries ?? [])
    .find((binary) => binary.path === path && binary.imageId === imageId);
  const is = identity(goVersion, { buildId: of?.buildId, of });
  return isEnvironment(injection)
    ? { ...common, ...is, variables: injection.variables }
    : { ...common, ...is, switches: renderSwitches(injection) };
}
