import { wishedVersion } from '../declaration/wished-version.ts';
import { againstCsi, againstProcessors } from '../delivery/choose-delivery.ts';
import type { DeliverableNode } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { sandboxVersions } from '../sandbox/want-sandbox.ts';
import type { MountableRelease, ToolchainRelease, ToolchainStatus } from './toolchain.ts';

/** The releases that a wish of mode `toolchain` names, the default first, each once. */
export function requestedReleases(runtime: GoRuntime): readonly string[] {
  const standard = wishedVersion(runtime);
  if (standard === undefined) return [];
  return [...new Set([standard, ...(runtime.spec.toolchain?.releases ?? [])])];
}

/** Every release that the builder is to fetch for a wish: those of mode `toolchain`, the default first, and those of its sandbox. */
export function releasesToFetch(runtime: GoRuntime): readonly string[] {
  const mounted = runtime.spec.mode === 'toolchain' ? requestedReleases(runtime) : [];
  return [...new Set([...mounted, ...sandboxVersions(runtime)])];
}

/** Releases by how they are wished, each once; `undefined` unless the builder has all of them. */
export function mountableReleases(
  { status }: GoRuntime,
  requested: readonly string[],
): readonly MountableRelease[] | undefined {
  const found = requested.map((each) =>
    status?.toolchain?.releases?.find((known) => known.requested === each),
  );
  const ready = found.filter((each) => each !== undefined).filter(isMountable);
  if (ready.length < requested.length) return undefined;
  const byVersion = new Map(ready.map(({ goVersion, artefact }) => [goVersion, { goVersion, artefact }]));
  return [...byVersion.values()];
}

/** The releases of a wish that can be mounted all together, the default first; or what they wait for or fail at. */
export type ReleaseChoice =
  | { readonly releases: readonly MountableRelease[]; readonly shim: string }
  | { readonly waitsFor: string }
  | { readonly problem: string };

const isMountable = (release: ToolchainRelease): release is ToolchainRelease & MountableRelease =>
  release.goVersion !== undefined && release.artefact !== undefined;

/** What a wish may mount now: all of its releases or none, so that no pod finds half of them. */
export function chooseReleases(runtime: GoRuntime): ReleaseChoice {
  const { shim, releases: known = [] }: ToolchainStatus = runtime.status?.toolchain ?? {};
  const found = requestedReleases(runtime).map(
    (requested): ToolchainRelease => known.find((each) => each.requested === requested) ?? { requested },
  );
  if (found.length === 0) return { waitsFor: 'its Go version to be read' };
  const failed = found.find(({ problem }) => problem !== undefined);
  if (failed) return { problem: `Go ${failed.requested}: ${failed.problem}` };
  const lacking = found.find((release) => !isMountable(release));
  if (lacking || shim === undefined)
    return { waitsFor: `the builder to fetch ${lacking?.goVersion ?? `Go ${lacking?.requested ?? ''}`}` };
  const releases = found.filter(isMountable).map(({ goVersion, artefact }) => ({ goVersion, artefact }));
  const isFirst = ({ goVersion }: MountableRelease, index: number): boolean =>
    releases.findIndex((each) => each.goVersion === goVersion) === index;
  return { releases: releases.filter(isFirst), shim };
}

/** Why releases of a wish cannot be mounted, or do not run, on some of the nodes that a pod may go to. */
export function againstNodes(
  { status }: GoRuntime,
  releases: readonly MountableRelease[],
  nodes: readonly DeliverableNode[] = [],
): string | undefined {
  for (const { goVersion, artefact } of releases) {
    const arch = status?.toolchain?.releases?.find((each) => each.artefact === artefact)?.arch;
    const problem = arch === undefined ? undefined : againstProcessors({ path: goVersion, arch }, nodes);
    if (problem !== undefined) return problem;
  }
  const problem = againstCsi(nodes);
  return (
    problem && `${problem}, and Go releases come by csi alone: keep the pod from there, by its nodeSelector`
  );
}

/** sha256 of the toolchain modules that wishes may have mounted. */
export function toolchainArtefacts(runtimes: Iterable<GoRuntime>): readonly string[] {
  const releases = [...runtimes].flatMap(({ status }) => status?.toolchain?.releases ?? []);
  return [...new Set(releases.flatMap(({ artefact }) => artefact ?? []))];
}
