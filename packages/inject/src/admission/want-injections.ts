import { chooseDelivery } from '../delivery/choose-delivery.ts';
import { type DeliverableNode, eligibleNodes } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { wantIdentity } from '../identity/want-identity.ts';
import type { Injection } from '../injection.ts';
import { wantLibraries } from '../library/want-library.ts';
import { decidedContainers, wantSandbox } from '../sandbox/want-sandbox.ts';
import { inPod } from '../toolchain/toolchain.ts';
import { wantToolchain } from '../toolchain/want-toolchain.ts';
import { lacksRoom } from './annotation-room.ts';
import { chooseArtefacts } from './choose-artefact.ts';
import { claimContainers } from './claim-containers.ts';
import { originalCommand, ourVolumeNames } from './our-parts.ts';
import { ownMountAt } from './own-mount.ts';
import { isForLinux, type PodContainer, type PodTemplate, parseInjections } from './pod.ts';
import { wantEnvironment } from './want-environment.ts';
import { wantSwitches } from './want-switches.ts';

/** Why an artefact that is ready cannot be mounted. */
export interface Refusal {
  readonly container: string;
  readonly runtime: string;
  readonly path: string;
  /** In words. */
  readonly reason: string;
}

/** What a pod should have mounted, from scratch: what it has already does not count. */
export interface WantedInjections {
  readonly injections: readonly Injection[];
  readonly refusals: readonly Refusal[];
  readonly notes: readonly Note[];
}

/** Something that a wish asks for and a container does not get, without its being refused. */
export interface Note {
  readonly container: string;
  /** In words. */
  readonly text: string;
}

function environmentIn(
  container: PodContainer,
  runtime: GoRuntime,
  noted: readonly Injection[],
): readonly (Injection | Refusal | Note)[] {
  const plan = wantEnvironment(container, runtime, noted);
  if (!plan) return [];
  const { binary, variables, problem } = plan;
  const { path, imageId, goVersion } = binary;
  const common = { container: container.name, runtime: runtime.metadata.name, path };
  if (problem !== undefined) return [{ ...common, reason: problem }];
  const notes = plan.notes.map((text): Note => ({ container: container.name, text }));
  if (Object.keys(variables).length === 0) return notes;
  return [{ ...common, goVersion, imageId, variables }, ...notes];
}

function toolchainIn(
  container: PodContainer,
  runtime: GoRuntime,
  known: Known,
): readonly (Injection | Refusal | Note)[] {
  const want = wantToolchain(container, runtime, known);
  const common = { container: container.name, runtime: runtime.metadata.name };
  const notes = want.notes.map((text): Note => ({ container: container.name, text }));
  if ('problem' in want) return [{ ...common, path: inPod.root, reason: want.problem }];
  return 'injection' in want ? [{ ...common, ...want.injection }, ...notes] : [];
}

function librariesIn(
  container: PodContainer,
  runtime: GoRuntime,
  known: Known,
): readonly (Injection | Refusal | Note)[] {
  const common = { container: container.name, runtime: runtime.metadata.name };
  return wantLibraries(container, runtime, known).flatMap((want): (Injection | Refusal | Note)[] => {
    if ('problem' in want) return [{ ...common, path: want.path, reason: want.problem }];
    if (!('injection' in want)) return [];
    const notes = (want.notes ?? []).map((text): Note => ({ container: container.name, text }));
    return [{ ...common, ...want.injection }, ...notes];
  });
}

/** What is known of a pod besides the container that is looked at. */
interface Known {
  readonly ours: ReadonlySet<string>;
  readonly noted: readonly Injection[];
  readonly nodes: readonly DeliverableNode[] | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

function wantedIn(
  container: PodContainer,
  runtime: GoRuntime,
  known: Known,
): readonly (Injection | Refusal | Note)[] {
  const { noted, annotations } = known;
  if (runtime.spec.mode === 'toolchain') return toolchainIn(container, runtime, known);
  if (runtime.spec.mode === 'libgo') return librariesIn(container, runtime, known);
  const told = wantSwitches(container, runtime, { noted, annotations });
  const notes = (told?.notes ?? []).map((text): Note => ({ container: container.name, text }));
  const said = [...(told?.injection ? [told.injection] : []), ...notes];
  if (runtime.spec.mode === 'godebug') return [...environmentIn(container, runtime, noted), ...said];
  return [...artefactsIn(container, runtime, known), ...said];
}

/** The artefacts that a container gets, and what its program is told of itself. */
function artefactsIn(
  container: PodContainer,
  runtime: GoRuntime,
  { ours, noted, nodes }: Known,
): readonly (Injection | Refusal | Note)[] {
  const authored = { ...container, command: originalCommand(container, noted) };
  const placed = chooseArtefacts(runtime, container.image).map((choice) => {
    const { binary, artefact, goVersion } = choice;
    const { path, imageId } = binary;
    const common = { container: container.name, runtime: runtime.metadata.name, path };
    const mountPath = ownMountAt(container, path, ours);
    if (mountPath !== undefined)
      return { ...common, reason: `${path} lies in the pod's own mount ${mountPath || '/'}` };
    const delivery = chooseDelivery({ runtime, container: authored, choice, nodes });
    if ('problem' in delivery) return { ...common, reason: delivery.problem };
    return { choice, injection: { ...common, goVersion, artefact, imageId, ...delivery } };
  });
  const mounted = placed.flatMap((each) => ('choice' in each ? [each.choice] : []));
  const { environment, notes } = wantIdentity(container, runtime, { mounted, noted });
  const told = environment === undefined ? {} : { environment };
  return [
    ...placed.map((each) => ('injection' in each ? { ...each.injection, ...told } : each)),
    ...notes.map((text): Note => ({ container: container.name, text })),
  ];
}

/**
 * What a pod or template should have mounted over its executables, by the GoRuntimes of its namespace.
 * @param nodes - those of the cluster; when absent nothing is known of them, and CSI is taken to work everywhere
 */
export function wantInjections(
  pod: PodTemplate,
  runtimes: readonly GoRuntime[],
  nodes?: readonly DeliverableNode[],
): WantedInjections {
  if (!isForLinux(pod)) return { injections: [], refusals: [], notes: [] };
  const claims = claimContainers(pod, runtimes);
  const { annotations = {} } = pod.metadata ?? {};
  const known = {
    ...{ ours: ourVolumeNames(pod), noted: parseInjections(annotations), annotations },
    nodes: nodes && eligibleNodes(pod, nodes),
  };
  const all = decidedContainers(pod).flatMap((container) => {
    const runtime = claims.get(container.name);
    return runtime ? wantedIn(container, runtime, known) : [];
  });
  const sandbox = wantSandbox(pod, runtimes);
  const injections = [
    ...all.filter((entry) => 'imageId' in entry),
    ...(sandbox.injection ? [sandbox.injection] : []),
  ];
  const refusals = all.filter((entry) => 'reason' in entry);
  const notes = [...all.filter((entry) => 'text' in entry), ...sandbox.notes];
  const reason = lacksRoom(pod, JSON.stringify(injections));
  if (reason === undefined || injections.length === 0) return { injections, refusals, notes };
  const refused = injections.map(({ container, runtime, path }) => ({ container, runtime, path, reason }));
  return { injections: [], refusals: [...refusals, ...refused], notes };
}
