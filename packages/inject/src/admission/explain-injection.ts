import { currentResolution } from '../declaration/pinned-release.ts';
import { wishedVersion, wishedWords } from '../declaration/wished-version.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { renderVariables } from '../godebug/runtime-variables.ts';
import { renderIdentity } from '../identity/identity-spec.ts';
import {
  type Injection,
  isEnvironment,
  isLibrary,
  isMounted,
  isSwitched,
  isToolchain,
  renderSwitches,
} from '../injection.ts';
import { libraryName } from '../library/library.ts';
import { wantLibraries } from '../library/want-library.ts';
import { skewRefusal } from '../operators/check-skew.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import type { SandboxCluster } from '../sandbox/plan-sandbox.ts';
import { renderReleases } from '../toolchain/toolchain.ts';
import { wantToolchain } from '../toolchain/want-toolchain.ts';
import { binariesOf, buildOf, targetOf } from './choose-artefact.ts';
import { claimContainers, selectsPod, wantsContainer } from './claim-containers.ts';
import { explainBuild } from './explain-build.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { type AdmissionCluster, planAdmission } from './plan-admission.ts';
import type { InjectionPlan } from './plan-injection.ts';
import { isForLinux, isOptedOut, type PodContainer, type PodTemplate, systemOf } from './pod.ts';
import { isSent } from './webhook-configuration.ts';

/** What becomes of a container: `refused` never changes by itself, `waiting` does. */
export type Outcome = 'refused' | 'injected' | 'waiting' | 'unchanged';

/** What the webhook does to one container, and why. */
export interface ContainerExplanation {
  readonly container: string;
  readonly image?: string;
  /** The GoRuntime that decides; absent when none does. */
  readonly runtime?: string;
  /** GoRuntimes that select the container too and are younger. */
  readonly overruled: readonly string[];
  readonly outcome: Outcome;
  /** In words; several when the container has several programs. */
  readonly reasons: readonly string[];
  readonly injections: readonly Injection[];
}

/** What the webhook answers for a pod, in full. */
export interface Explanation {
  /** Whether the API server asks the webhook about the pod at all. */
  readonly isSent: boolean;
  readonly operations: readonly JsonPatchOperation[];
  readonly containers: readonly ContainerExplanation[];
}

type Verdict = readonly [Outcome, string];

const byWeight: readonly Outcome[] = ['refused', 'injected', 'waiting', 'unchanged'];

function explainNone(pod: PodTemplate, container: string, runtimes: readonly GoRuntime[]): Verdict {
  if (!isForLinux(pod)) return ['unchanged', `the pod is for ${systemOf(pod)}`];
  if (isOptedOut(pod.metadata?.labels))
    return ['unchanged', 'the pod opts out: gofleet.dev/inject is "false"'];
  if (runtimes.length === 0) return ['unchanged', 'there is no GoRuntime in its namespace'];
  const selecting = runtimes.filter((runtime) => selectsPod(runtime, pod));
  if (selecting.length === 0) return ['unchanged', "no GoRuntime selects the pod's labels"];
  const leaving = selecting.find(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (leaving) return ['unchanged', `GoRuntime ${leaving.metadata.name} is being deleted`];
  const named = selecting.map(({ metadata, spec }) => `${metadata.name} (${spec.containers?.join(', ')})`);
  return ['unchanged', `${container} is not among the containers that are wished for: ${named.join('; ')}`];
}

function renderDelivery(injection: Injection): string {
  const { delivery } = (isMounted(injection) && injection.from) || {};
  if (delivery === 'image') return 'is mounted by image volume, and the command names it instead of';
  return delivery === 'copy' ? 'is copied by an init container and mounted over' : 'is mounted over';
}

function renderTold(injection: Injection): string {
  const { environment } = (isMounted(injection) && injection) || {};
  return environment === undefined ? '' : `, with ${renderIdentity(environment)}`;
}

function explainBinary(runtime: GoRuntime, binary: ObservedBinary, mounted: Injection | undefined): Verdict {
  const target = targetOf(runtime);
  const { path, goVersion } = binary;
  const until = mounted === undefined ? '' : `; until then ${mounted.goVersion} is mounted`;
  if (target === undefined) return explainUnresolved(runtime, until);
  if (goVersion === target) return ['unchanged', `${path} is built by ${target} already`];
  const build = buildOf(runtime, binary.sha256, target);
  if (mounted?.goVersion === target) {
    const grade = build?.grade ?? 'unknown';
    return [
      'injected',
      `${target} ${renderDelivery(mounted)} ${path} in place of ${goVersion} (original ${grade})${renderTold(mounted)}`,
    ];
  }
  const refusal = skewRefusal(runtime, binary, target);
  if (refusal !== undefined) return ['refused', `${path}: ${refusal}${until}`];
  const problem = explainBuild(runtime, build, target);
  const outcome = problem?.phase === 'Failed' ? 'refused' : 'waiting';
  return [outcome, `${path}: ${problem?.reason ?? 'the relink names no artefact'}${until}`];
}

function explainUnresolved(runtime: GoRuntime, until: string): Verdict {
  const wished = wishedVersion(runtime);
  if (wished === undefined) return ['waiting', explainUndeclared(runtime)];
  const problem = currentResolution(runtime)?.problem;
  if (problem !== undefined) return ['refused', `${problem}${until}`];
  return ['waiting', `GoRuntime ${runtime.metadata.name}: Go ${wished} is not resolved yet${until}`];
}

function explainUndeclared(runtime: GoRuntime): string {
  const why = runtime.status?.declaration?.problem?.message ?? `Go ${wishedWords(runtime)} is not read yet`;
  return `GoRuntime ${runtime.metadata.name}: ${why}`;
}

/** What mode godebug sets in a container. */
function explainEnvironment(
  container: PodContainer,
  runtime: GoRuntime,
  plan: InjectionPlan,
): readonly Verdict[] {
  const isHere = (each: { container: string }): boolean => each.container === container.name;
  if (wishedVersion(runtime) === undefined) return [['waiting', explainUndeclared(runtime)]];
  const refusal = plan.refusals.find(isHere);
  if (refusal) return [['refused', `${refusal.path}: ${refusal.reason}`]];
  const notes = plan.notes.filter(isHere).map(({ text }): Verdict => ['unchanged', text]);
  const set = plan.injections.filter(isEnvironment).find(isHere);
  if (!set && plan.injections.some(isHere)) return notes;
  if (set) return [['injected', `${set.goVersion} gets ${renderVariables(set.variables)}`], ...notes];
  return notes.length > 0
    ? notes
    : [['unchanged', `GoRuntime ${runtime.metadata.name} needs nothing set here`]];
}

/** What mode toolchain mounts in a container. */
function explainToolchain(
  container: PodContainer,
  runtime: GoRuntime,
  plan: InjectionPlan,
): readonly Verdict[] {
  const isHere = (each: { container: string }): boolean => each.container === container.name;
  const refusal = plan.refusals.find(isHere);
  if (refusal) return [['refused', refusal.reason]];
  const notes = plan.notes.filter(isHere).map(({ text }): Verdict => ['unchanged', text]);
  const mounted = plan.injections.filter(isToolchain).find(isHere);
  if (mounted)
    return [['injected', `${renderReleases(mounted.releases)} are mounted below ${mounted.path}`], ...notes];
  const want = wantToolchain(container, runtime, { ours: new Set(), noted: [] });
  return [['waiting', `waits for ${'waitsFor' in want ? want.waitsFor : runtime.metadata.name}`]];
}

/** What mode libgo mounts in a container. */
function explainLibraries(
  container: PodContainer,
  runtime: GoRuntime,
  plan: InjectionPlan,
): readonly Verdict[] {
  const isHere = (each: { container: string }): boolean => each.container === container.name;
  const refused = plan.refusals.filter(isHere).map(({ reason }): Verdict => ['refused', reason]);
  const notes = plan.notes.filter(isHere).map(({ text }): Verdict => ['unchanged', text]);
  const mounted = plan.injections
    .filter(isLibrary)
    .filter(isHere)
    .map(
      ({ library = '', artefact, path }): Verdict => [
        'injected',
        `${libraryName({ soname: library, artefact })} is mounted over ${path}`,
      ],
    );
  const known = { ours: new Set<string>(), nodes: undefined };
  const others = wantLibraries(container, runtime, known).flatMap((want): readonly Verdict[] => {
    if ('waitsFor' in want) return [['waiting', `waits for ${want.waitsFor}`]];
    return 'has' in want ? [['unchanged', want.has]] : [];
  });
  return [...refused, ...mounted, ...others, ...notes];
}

/** What its operator is told, or is not. */
function explainSwitches(
  { name }: PodContainer,
  runtime: GoRuntime,
  plan: InjectionPlan,
): readonly Verdict[] {
  const told = plan.injections.filter(isSwitched).filter((each) => each.container === name);
  const notes = runtime.spec.mode === 'godebug' ? [] : plan.notes.filter((each) => each.container === name);
  return [
    ...told.map((each): Verdict => ['injected', `the operator is told ${renderSwitches(each).join(' ')}`]),
    ...notes.map(({ text }): Verdict => ['unchanged', text]),
  ];
}

function explainClaimed(
  container: PodContainer,
  runtime: GoRuntime,
  plan: InjectionPlan,
): readonly Verdict[] {
  if (runtime.spec.mode === 'toolchain') return explainToolchain(container, runtime, plan);
  if (runtime.spec.mode === 'libgo') return explainLibraries(container, runtime, plan);
  const binaries = binariesOf(runtime, container.image);
  if (binaries.length === 0)
    return [['waiting', `no Go program was observed in ${container.image ?? 'its image'} yet`]];
  const switches = explainSwitches(container, runtime, plan);
  if (runtime.spec.mode === 'godebug') return [...explainEnvironment(container, runtime, plan), ...switches];
  const programs = binaries.map((binary): Verdict => {
    const isHere = (each: { container: string; path: string }): boolean =>
      each.container === container.name && each.path === binary.path;
    const refusal = plan.refusals.find(isHere);
    return refusal
      ? ['refused', refusal.reason]
      : explainBinary(runtime, binary, plan.injections.filter(isMounted).find(isHere));
  });
  return [...programs, ...switches];
}

function explainContainer(
  container: PodContainer,
  { pod, runtimes, plan }: { pod: PodTemplate; runtimes: readonly GoRuntime[]; plan: InjectionPlan },
): ContainerExplanation {
  const { name, image } = container;
  const runtime = claimContainers(pod, runtimes).get(name);
  const verdicts =
    runtime && isForLinux(pod)
      ? explainClaimed(container, runtime, plan)
      : [explainNone(pod, name, runtimes)];
  const others = runtimes.filter(
    (each) =>
      each !== runtime &&
      each.metadata.deletionTimestamp === undefined &&
      selectsPod(each, pod) &&
      wantsContainer(each, name),
  );
  return {
    container: name,
    ...(image === undefined ? {} : { image }),
    ...(runtime === undefined ? {} : { runtime: runtime.metadata.name }),
    overruled: runtime === undefined ? [] : others.map(({ metadata }) => metadata.name),
    outcome: byWeight.find((outcome) => verdicts.some(([each]) => each === outcome)) ?? 'unchanged',
    reasons: verdicts.map(([, reason]) => reason),
    injections: plan.injections.filter((each) => each.container === name),
  };
}

function explainInit({ name, image }: PodContainer): ContainerExplanation {
  return {
    container: name,
    ...(image === undefined ? {} : { image }),
    ...{ overruled: [], outcome: 'unchanged', injections: [] },
    reasons: ['init containers and native sidecars are left alone'],
  };
}

/** What is known of the cluster besides its wishes, as far as somebody asked. */
export type ExplanationContext = Partial<AdmissionCluster>;

/** What stands for a cluster that nobody asked. */
const unknownCluster: SandboxCluster = { image: 'gofleet', hasNativeSidecars: true };

/**
 * What the webhook does to a pod when it is created, container by container, from the plan that the webhook itself answers with.
 * `runtimes` are the GoRuntimes of the pod's namespace.
 */
export function explainInjection(
  pod: PodTemplate,
  runtimes: readonly GoRuntime[],
  { nodes, sandboxes = unknownCluster }: ExplanationContext = {},
): Explanation {
  const plan = planAdmission(pod, runtimes, { nodes, sandboxes });
  const sent = isSent(pod, runtimes);
  return {
    isSent: sent,
    operations: sent ? plan.operations : [],
    containers: [
      ...(pod.spec.initContainers ?? []).map(explainInit),
      ...pod.spec.containers.map((container) => explainContainer(container, { pod, runtimes, plan })),
    ],
  };
}
