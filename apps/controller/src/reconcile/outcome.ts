import { targetOf } from '@gofleet/inject/choose-artefact';
import { ownLibrary } from '@gofleet/inject/choose-library';
import {
  isEnvironment,
  isLibrary,
  isProgram,
  isSwitched,
  isToolchain,
  type MountedInjection,
  renderSwitches,
} from '@gofleet/inject/injection';
import type { PodStatus } from '@gofleet/inject/runtime-status';
import type { ToolchainInjection } from '@gofleet/inject/toolchain';
import type { ContainerCase } from '@gofleet/verify/judge-container';

type Outcome = Pick<PodStatus, 'desired' | 'delivered'>;

function environmentOutcome({ wanted, injections }: ContainerCase): Outcome {
  const desired = wanted.find(isEnvironment);
  const delivered = injections.find(isEnvironment);
  return {
    ...(desired ? { desired: { goVersion: desired.goVersion, environment: desired.variables } } : {}),
    ...(delivered ? { delivered: { environment: delivered.variables, delivery: 'environment' } } : {}),
  };
}

function toolchainOutcome({ wanted, injections }: ContainerCase): Outcome {
  const desired = wanted.find(isToolchain);
  const delivered = injections.find(isToolchain);
  const names = ({ releases }: ToolchainInjection) => releases.map(({ goVersion }) => goVersion);
  return {
    ...(desired ? { desired: { goVersion: desired.goVersion, toolchains: names(desired) } } : {}),
    ...(delivered ? { delivered: { toolchains: names(delivered), delivery: 'csi' } } : {}),
  };
}

function libraryOutcome(
  { runtime, image, wanted, injections }: ContainerCase,
  phase: PodStatus['phase'],
): Outcome {
  const [desired, delivered] = [wanted.find(isLibrary), injections.find(isLibrary)];
  const own = phase === 'Skipped' ? undefined : ownLibrary(runtime, image);
  const next = desired ?? (own && { goVersion: own.soname, artefact: own.sha256 });
  return {
    ...(next ? { desired: { goVersion: next.goVersion, artefact: next.artefact } } : {}),
    ...(delivered ? { delivered: { artefact: delivered.artefact, delivery: 'csi' } } : {}),
  };
}

function mountedOutcome(judged: ContainerCase, phase: PodStatus['phase']): Outcome {
  const goVersion = targetOf(judged.runtime);
  const { running } = judged;
  const ofProgram = (entries: readonly MountedInjection[]): MountedInjection | undefined =>
    entries.find(({ path }) => path === running?.path) ?? entries[0];
  const wanted = ofProgram(judged.wanted.filter(isProgram).filter((entry) => entry.goVersion === goVersion));
  const injected = ofProgram(judged.injections.filter(isProgram));
  const desired = { goVersion: goVersion ?? '', ...(wanted ? { artefact: wanted.artefact } : {}) };
  return {
    ...(phase === 'Skipped' || goVersion === undefined ? {} : { desired }),
    ...(injected
      ? { delivered: { artefact: injected.artefact, delivery: injected.from?.delivery ?? 'csi' } }
      : {}),
  };
}

/** A program that nothing is mounted over and nothing else set for still counts when its operator is to be told something. */
function withSwitches(
  { desired, delivered }: Outcome,
  { claimedBy, wanted, injections }: ContainerCase,
): Outcome {
  if (claimedBy !== undefined)
    return { ...(desired ? { desired } : {}), ...(delivered ? { delivered } : {}) };
  const [wish, told] = [wanted.find(isSwitched), injections.find(isSwitched)];
  const next = wish && { ...(desired ?? { goVersion: wish.goVersion }), switches: renderSwitches(wish) };
  const now = told && {
    ...(delivered ?? { delivery: 'environment' as const }),
    switches: renderSwitches(told),
  };
  return {
    ...((next ?? desired) ? { desired: next ?? desired } : {}),
    ...((now ?? delivered) ? { delivered: now ?? delivered } : {}),
  } as Outcome;
}

function ownOutcome(judged: ContainerCase, phase: PodStatus['phase']): Outcome {
  const { mode = 'relink' } = judged.runtime.spec;
  if (mode === 'godebug') return environmentOutcome(judged);
  if (mode === 'toolchain') return toolchainOutcome(judged);
  return mode === 'libgo' ? libraryOutcome(judged, phase) : mountedOutcome(judged, phase);
}

/** What a container is to have, and what it was given. */
export function outcomeOf(judged: ContainerCase, phase: PodStatus['phase']): Outcome {
  return withSwitches(ownOutcome(judged, phase), judged);
}
