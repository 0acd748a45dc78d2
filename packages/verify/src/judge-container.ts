import { binariesOf, buildOf, targetOf } from '@gofleet/inject/choose-artefact';
import { currentLibrary, wishedLibrary } from '@gofleet/inject/choose-library';
import { explainBuild } from '@gofleet/inject/explain-build';
import { isFull } from '@gofleet/inject/forgettable-binaries';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { renderIdentity } from '@gofleet/inject/identity-spec';
import { type Injection, isMounted, isProgram, type MountedInjection } from '@gofleet/inject/injection';
import { currentResolution } from '@gofleet/inject/pinned-release';
import type { PodPhase, RunningFacts } from '@gofleet/inject/runtime-status';
import { wishedVersion, wishedWords } from '@gofleet/inject/wished-version';
import { judgeEnvironment } from './judge-environment.ts';
import { judgeLibrary } from './judge-library.ts';
import { judgeSwitches } from './judge-switches.ts';
import { judgeToolchain } from './judge-toolchain.ts';
import { judge, judgeUnobserved } from './judge-waiting.ts';
import { isSameImage } from './same-image.ts';

/** What can be known of one selected container when it is judged. */
export interface ContainerCase {
  readonly runtime: GoRuntime;
  /** Name of an older GoRuntime that decides for the container. */
  readonly claimedBy?: string;
  /** As the pod's spec writes it. */
  readonly image: string;
  /** From `containerStatuses[]`; absent until the container exists. */
  readonly containerId?: string;
  readonly imageId?: string;
  /** Its memory limit now, in bytes, by the pod's spec. */
  readonly memoryLimit?: number;
  /** Why the container waits, with its last exit code: `CrashLoopBackOff, exit code 2`. */
  readonly trouble?: string;
  readonly running?: RunningFacts;
  /** What the pod's annotation lists for this container. */
  readonly injections: readonly Injection[];
  /** What should be mounted, from scratch. */
  readonly wanted: readonly Injection[];
  /** Why something that is ready cannot be mounted, or cannot be set. */
  readonly refusal?: string;
  /** What a wish asks for and the container does not get, and why. */
  readonly notes?: readonly string[];
  /** Why nobody can read the process, where no node plugin runs. */
  readonly unreadable?: string;
  /** What keeps artefacts from the pod: its copier, or its node. */
  readonly undeliverable?: string;
  /** The pod's own mount that what runs lies in. */
  readonly ownMount?: string;
  /** The pod was created when it should have been injected. */
  readonly isMissed: boolean;
  /** Why the pod will not be replaced by a roll-out; absent when it will. */
  readonly waitsFor?: string;
}

/** A phase, and in words why. */
export interface Judgement {
  readonly phase: PodPhase;
  readonly reason: string;
}

const short = (sha256: string): string => sha256.slice(0, 12);

function judgeWish({ runtime, claimedBy }: ContainerCase): Judgement | undefined {
  if (claimedBy !== undefined)
    return judge(
      'Skipped',
      `GoRuntime ${claimedBy} is older and decides for this container: narrow one of the two by its selector or spec.containers, or delete one`,
    );
  if (runtime.spec.mode === 'libgo') return judgeLibraryWish(runtime);
  const resolution = currentResolution(runtime);
  const goVersion = wishedVersion(runtime);
  if (goVersion === undefined)
    return judge(
      'Observing',
      runtime.status?.declaration?.problem?.message ?? `Go ${wishedWords(runtime)} is not read yet`,
    );
  if (runtime.spec.mode === 'godebug') return undefined;
  if (resolution === undefined) return judge('Observing', `waits for the builder to resolve Go ${goVersion}`);
  if (resolution.goVersion === undefined)
    return judge('Failed', resolution.problem ?? `Go ${goVersion} names no release`);
  return undefined;
}

function judgeLibraryWish(runtime: GoRuntime): Judgement | undefined {
  const { image, path } = runtime.spec.libgo ?? {};
  if (wishedLibrary(runtime)) return undefined;
  const problem = currentLibrary(runtime)?.problem;
  return problem === undefined
    ? judge('Building', `waits for the builder to fetch ${path} of ${image}`)
    : judge('Failed', problem);
}

/** What a node read counts only for the container that it was read from. */
function currentFacts({ running, containerId }: ContainerCase): RunningFacts | undefined {
  return running !== undefined && running.containerId === containerId ? running : undefined;
}

function deliveryOf(injections: readonly Injection[]): string {
  const mounted = injections.find(isMounted);
  return mounted === undefined ? 'environment' : (mounted.from?.delivery ?? 'csi');
}

function judgeUnread(container: ContainerCase): Judgement {
  const { injections, trouble, unreadable, undeliverable } = container;
  const isInjected = injections.length > 0;
  if (trouble !== undefined)
    return isInjected
      ? judge('Failed', `the injected program does not stay up: ${trouble}`)
      : judge('Observing', `the container does not run: ${trouble}`);
  if (unreadable !== undefined && container.containerId !== undefined)
    return isInjected
      ? judge('Delivered', `by ${deliveryOf(injections)}, and not verified: ${unreadable}`)
      : judge('Observing', unreadable);
  if (isInjected && undeliverable !== undefined && container.containerId === undefined)
    return judge('Failed', `the artefact cannot be delivered: ${undeliverable}`);
  return isInjected
    ? judge('RollingOut', 'the injected container has not been read by its node yet')
    : judge('Observing', 'the container has not been read by its node yet');
}

function judgeInjected(container: ContainerCase, facts: RunningFacts): Judgement {
  const { imageId = facts.imageId } = container;
  const injections = container.injections.filter(isProgram);
  const changed = injections.find((injection) => !isSameImage(injection.imageId, imageId));
  if (changed)
    return judge(
      'Ineffective',
      `the image changed: ${changed.path} was observed in ${changed.imageId} and is mounted over ${imageId}`,
    );
  const mounted = injections.find(({ path }) => path === facts.path) ?? injections[0];
  if (mounted === undefined) return judge('Ineffective', 'nothing is mounted');
  if (facts.sha256 !== mounted.artefact)
    return judge(
      'Ineffective',
      `${facts.path} runs ${short(facts.sha256)} (${facts.goVersion ?? 'no Go'}) although ${short(mounted.artefact)} is mounted over ${mounted.path}`,
    );
  if (facts.goVersion !== mounted.goVersion)
    return judge('Ineffective', `runs ${facts.goVersion ?? 'no Go'}, expected ${mounted.goVersion}`);
  return judgeMounted(container, facts, mounted);
}

/** What the wish has changed of what the program is told of itself, which takes another pod. */
function toldOtherwise({ environment = {} }: MountedInjection, next: MountedInjection | undefined): string {
  const [now, later] = [renderIdentity(environment), renderIdentity(next?.environment ?? {})];
  if (next === undefined || now === later) return '';
  return later === '' ? `; its next pod begins without ${now}` : `; its next pod begins with ${later}`;
}

/** The mounted artefact runs as it should; whether it is the one that is wished now is another question. */
function judgeMounted(container: ContainerCase, facts: RunningFacts, mounted: MountedInjection): Judgement {
  const { runtime, image } = container;
  const wanted = container.wanted.filter(isProgram);
  const target = targetOf(runtime) ?? '';
  const next = wanted.find(({ path }) => path === mounted.path);
  if (mounted.goVersion === target && (next === undefined || next.artefact === mounted.artefact))
    return judge('Verified', `runs ${target}, read from ${facts.source}${toldOtherwise(mounted, next)}`);
  const binary = binariesOf(runtime, image).find(({ path }) => path === mounted.path);
  const isBuilt = next?.goVersion === target || binary?.goVersion === target;
  const building =
    isBuilt || !binary ? undefined : explainBuild(runtime, buildOf(runtime, binary.sha256, target), target);
  const words = building?.phase === 'Failed' ? 'stays on' : 'for now on';
  if (building) return judge(building.phase, `${words} ${mounted.goVersion}: ${building.reason}`);
  return judgeWaiting(container, target);
}

function judgeWaiting({ waitsFor }: ContainerCase, target: string): Judgement {
  return waitsFor === undefined
    ? judge('RollingOut', `will be replaced by a pod with ${target}`)
    : judge('Pending', `${target} is ready; ${waitsFor}`);
}

function judgeOriginal(container: ContainerCase, facts: RunningFacts, target: string): Judgement {
  const { runtime, image, isMissed, refusal } = container;
  if (facts.goVersion === target)
    return judge('Verified', `runs ${target} by itself, read from ${facts.source}`);
  const binary = binariesOf(runtime, image).find(({ sha256 }) => sha256 === facts.sha256);
  if (!binary && isFull(runtime))
    return judge(
      'Failed',
      'the wish is for more programs than its status can hold: split it by its selector',
    );
  if (!binary) return judgeUnobserved(container, facts);
  const building = explainBuild(runtime, buildOf(runtime, binary.sha256, target), target);
  if (building) return building;
  if (refusal !== undefined) return judge('Failed', refusal);
  if (isMissed)
    return judge(
      'Ineffective',
      `started uninjected although ${target} was ready: the webhook was not reached${container.waitsFor === undefined ? '' : `; ${container.waitsFor}`}`,
    );
  return judgeWaiting(container, target);
}

function judgeProgram(container: ContainerCase): Judgement {
  const { runtime, injections } = container;
  const wish = judgeWish(container);
  if (wish) return wish;
  const facts = currentFacts(container);
  if (!facts) return judgeUnread(container);
  if (runtime.spec.mode === 'godebug') return judgeEnvironment(container, facts);
  if (runtime.spec.mode === 'toolchain') return judgeToolchain(container, facts);
  if (runtime.spec.mode === 'libgo') return judgeLibrary(container, facts);
  const isInjected = injections.some(isProgram);
  if (facts.goVersion === undefined) {
    const why = facts.problem ?? `${facts.path} is no Go program`;
    return isInjected ? judge('Ineffective', why) : judge('Skipped', why);
  }
  if (isInjected) return judgeInjected(container, facts);
  return judgeOriginal(container, facts, targetOf(runtime) ?? '');
}

/** The phase of one selected container and the reason for it, from what its process showed and what is wished. */
export function judgeContainer(container: ContainerCase): Judgement {
  const { phase, reason } = judgeSwitches(container, judgeProgram(container));
  // Mode godebug tells its notes itself.
  const notes = container.runtime.spec.mode === 'godebug' ? [] : (container.notes ?? []);
  return judge(phase, [reason, ...notes].join('; '));
}
