import { createHash } from 'node:crypto';
import { binariesOf, buildOf, targetOf } from '../admission/choose-artefact.ts';
import { claimContainers } from '../admission/claim-containers.ts';
import { type PodTemplate, parseInjections } from '../admission/pod.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { renderVariables } from '../godebug/runtime-variables.ts';
import { renderIdentity } from '../identity/identity-spec.ts';
import { inCluster } from '../in-cluster.ts';
import type { Injection } from '../injection.ts';
import { isMounted, isSwitched, isToolchain, renderSwitches } from '../injection.ts';
import { currentLibrary, isChecked, librariesOf, wishedLibrary } from '../library/choose-library.ts';
import type { ObservedLibrary } from '../library/library.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import { isSandbox, wantSandbox } from '../sandbox/want-sandbox.ts';
import { chooseReleases } from '../toolchain/choose-releases.ts';

/** Repairs of one roll-out by template annotation before gofleet gives up and only reports. */
export const maxRepairs = 10;

function whatOf(injection: Injection): string {
  if (isToolchain(injection)) {
    const { runtime: _, imageId: __, ...what } = injection;
    return JSON.stringify(what);
  }
  if (isSandbox(injection)) return JSON.stringify([injection.sandbox, injection.goVersions]);
  if (isMounted(injection)) {
    const { path, artefact, environment } = injection;
    return [path, artefact, ...(environment ? [renderIdentity(environment)] : [])].join(' ');
  }
  return isSwitched(injection) ? renderSwitches(injection).join(' ') : renderVariables(injection.variables);
}

function keyOf(injection: Injection): string {
  const { container } = injection;
  return `${container} ${whatOf(injection)}`;
}

/** Whether two pods have the same files mounted in the same places and the same variables, whoever wished it. */
export function sameInjections(a: readonly Injection[], b: readonly Injection[]): boolean {
  const [left, right] = [a, b].map((injections) => injections.map(keyOf).sort().join('\n'));
  return left === right;
}

/** The annotation value that stands for a set of injections: `<goVersion>@<12 hex digits>`. */
export function rolloutValue(injections: readonly Injection[]): string {
  const text = injections.map(keyOf).sort().join('\n');
  const versions = [...new Set(injections.map(({ goVersion }) => goVersion))].sort().join('_');
  return `${versions}@${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

/** `value+2` is the second repair of `value`. */
function parseValue(value: string | undefined): { base: string | undefined; repairs: number } {
  const match = /^(.*?)(?:\+(\d+))?$/s.exec(value ?? '');
  return { base: value === undefined ? undefined : match?.[1], repairs: Number(match?.[2] ?? 0) };
}

/** The value of the roll-out annotation of a template or pod. */
export function rolloutOf(pod: PodTemplate): string | undefined {
  return pod.metadata?.annotations?.[inCluster.rolloutAnnotation];
}

/** Whether something comes into a pod that is no variable and no argument. */
function isPlaced(injection: Injection): boolean {
  return isSandbox(injection) || isMounted(injection) || isToolchain(injection);
}

/**
 * Whether a pod came from the template as it is now and yet lacks what it should have: the webhook did not see it, or went by what the
 * wish was before. Variables do not count: they may depend on the pod's own limits.
 */
export function isMissed(pod: PodTemplate, template: PodTemplate, wanted: readonly Injection[]): boolean {
  const value = rolloutOf(template);
  const injections = parseInjections(pod.metadata?.annotations);
  return (
    value !== undefined &&
    parseValue(value).base === rolloutValue(wanted) &&
    rolloutOf(pod) === value &&
    (injections.length === 0 || !sameInjections(injections.filter(isPlaced), wanted.filter(isPlaced)))
  );
}

/** Whether nothing is to be built for a binary, or its build has ended, well or not. */
function hasEnded(runtime: GoRuntime, { sha256, goVersion }: ObservedBinary, target: string): boolean {
  const phase = buildOf(runtime, sha256, target)?.phase;
  return goVersion === target || phase === 'Ready' || phase === 'Failed';
}

/** Whether the wished library is there, or can never be, and nodes have looked whether it fits these programs. */
function isLibrarySettled(runtime: GoRuntime, observed: readonly ObservedLibrary[]): boolean {
  const library = wishedLibrary(runtime);
  if (!library) return currentLibrary(runtime)?.problem !== undefined;
  return observed.every((each) => isChecked(each, library));
}

/** Whether the builder has fetched the releases of a template's sandbox, or said why not: then it fetches them itself. */
function isSandboxSettled(template: PodTemplate, runtimes: readonly GoRuntime[]): boolean {
  const { injection: wanted } = wantSandbox(template, runtimes);
  const { releases = [] } =
    runtimes.find(({ metadata }) => metadata.name === wanted?.runtime)?.status?.toolchain ?? {};
  return (wanted?.goVersions ?? []).every((version) =>
    releases.some(({ requested }) => requested === version),
  );
}

/**
 * Whether nothing that a template needs is still being made: every claimed container's image has been observed and each of its builds
 * has ended, well or not, as have the fetches for its sandbox. Rolling earlier would roll twice.
 */
export function isSettled(template: PodTemplate, runtimes: readonly GoRuntime[]): boolean {
  if (!isSandboxSettled(template, runtimes)) return false;
  const claims = claimContainers(template, runtimes);
  return template.spec.containers.every(({ name, image }) => {
    const runtime = claims.get(name);
    if (!runtime || runtime.spec.mode === 'godebug') return true;
    if (runtime.spec.mode === 'toolchain') return !('waitsFor' in chooseReleases(runtime));
    if (runtime.spec.mode === 'libgo') return isLibrarySettled(runtime, librariesOf(runtime, image));
    const target = targetOf(runtime);
    if (target === undefined) return false;
    return binariesOf(runtime, image).every((binary) => hasEnded(runtime, binary, target));
  });
}

/** Whether something was observed for a wish, and nothing that it needs for that is still being made. */
export function isBuilt(runtime: GoRuntime): boolean {
  const { mode = 'relink' } = runtime.spec;
  const binaries = runtime.status?.binaries ?? [];
  if (mode === 'toolchain') return 'releases' in chooseReleases(runtime);
  if (mode === 'libgo') {
    const { libraries = [] } = runtime.status ?? {};
    return libraries.length > 0 && isLibrarySettled(runtime, libraries);
  }
  if (binaries.length === 0 || mode === 'godebug') return binaries.length > 0;
  const target = targetOf(runtime);
  return target !== undefined && binaries.every((binary) => hasEnded(runtime, binary, target));
}

const restoring = 'restored@';

/**
 * The roll-out annotation that brings a template's pods back to what its author wrote: `null` removes ours, which rolls the pods that
 * it rolled in. Pods that were injected without any annotation (their workload is younger than the wish) are rolled by one of their own,
 * which is removed when they are gone. `undefined` when nothing is to be done.
 */
export function planRestore(
  template: PodTemplate,
  injected: readonly PodTemplate[],
): string | null | undefined {
  const current = rolloutOf(template);
  if (current?.startsWith(restoring)) return injected.length === 0 ? null : undefined;
  if (current !== undefined) return null;
  const fromThisTemplate = injected.filter((pod) => rolloutOf(pod) === undefined);
  if (fromThisTemplate.length === 0) return undefined;
  const injections = fromThisTemplate.flatMap((pod) => parseInjections(pod.metadata?.annotations));
  return `${restoring}${rolloutValue(injections).split('@').at(-1)}`;
}

/** Whether a pod comes from a template that was rolled for something else than these injections. */
export function isOfAnotherRollout(pod: PodTemplate, injections: readonly Injection[]): boolean {
  const value = rolloutOf(pod);
  if (value === undefined) return false;
  if (value.startsWith(restoring)) return injections.length > 0;
  return parseValue(value).base !== rolloutValue(injections);
}

/** What a workload is, as far as rolling it goes. */
export interface RolloutSituation {
  readonly template: PodTemplate;
  /** Its pods that live and are not on their way out; `isMissed`: the webhook should have seen it when it was created. */
  readonly pods: readonly { readonly pod: PodTemplate; readonly isMissed: boolean }[];
  readonly wanted: readonly Injection[];
  /** Roll pods again that the webhook missed. */
  readonly repair: boolean;
  /** Some pod runs an artefact over an image that has changed since: it must go even when nothing is wanted. */
  readonly isStale: boolean;
}

/**
 * The roll-out annotation that the template should get so that its pods are replaced; `undefined` when nothing is to be done, `null`
 * when the annotation is to be removed (the template is then what its author wrote).
 */
export function planRollout(situation: RolloutSituation): string | null | undefined {
  const { template, pods, wanted, repair, isStale } = situation;
  const lacking = pods.filter(
    ({ pod, isMissed: missed }) =>
      (repair || !missed) && !sameInjections(parseInjections(pod.metadata?.annotations), wanted),
  );
  if (lacking.length === 0) return undefined;
  if (wanted.length === 0)
    return isStale
      ? planRestore(
          template,
          lacking.map(({ pod }) => pod),
        )
      : undefined;
  const { base, repairs } = parseValue(rolloutOf(template));
  const value = rolloutValue(wanted);
  if (base !== value) return value;
  const hasMissed = lacking.some(({ pod }) => isMissed(pod, template, wanted));
  return hasMissed && repairs < maxRepairs ? `${value}+${repairs + 1}` : undefined;
}
