import type { DeliverableNode } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { ourIdentity } from '../identity/want-identity.ts';
import { inCluster } from '../in-cluster.ts';
import type { Injection, SwitchInjection } from '../injection.ts';
import { isEnvironment, isSwitched } from '../injection.ts';
import {
  hasOurSandbox,
  hasSandbox,
  isSandbox,
  ourSandboxVolumes,
  sandboxName,
} from '../sandbox/want-sandbox.ts';
import { ourToolchainVariables } from '../toolchain/want-toolchain.ts';
import { appendOperation, type JsonPatchOperation, jsonPointer } from './json-patch.ts';
import { type InjectedMount, mountsOf } from './mounts-of.ts';
import { nameVolumes } from './name-volumes.ts';
import { commandedInjection, ourCopierNames, ourVolumeNames } from './our-parts.ts';
import { type EnvironmentVariable, type PodContainer, type PodTemplate, parseInjections } from './pod.ts';
import { environmentOf, ourVariables } from './want-environment.ts';
import { type Note, type Refusal, wantInjections } from './want-injections.ts';
import { ourSwitches } from './want-switches.ts';

/** What the webhook answers for a pod. */
export interface InjectionPlan {
  /** Empty when the pod is as it should be already: planning is idempotent, the API server may call twice. */
  readonly operations: readonly JsonPatchOperation[];
  readonly injections: readonly Injection[];
  readonly refusals: readonly Refusal[];
  readonly notes: readonly Note[];
}

/** Indexes of the entries that a test accepts, last first, so that removing one does not move the next. */
function indexesFromEnd<T>(entries: readonly T[] | undefined, test: (entry: T) => boolean): number[] {
  return (entries ?? []).flatMap((entry, index) => (test(entry) ? [index] : [])).reverse();
}

/** The variables of a container that an earlier admission set. */
function allOurVariables(
  container: PodContainer,
  noted: readonly Injection[],
): readonly EnvironmentVariable[] {
  return [
    ...ourVariables(container, noted),
    ...ourToolchainVariables(container, noted),
    ...ourIdentity(container, noted),
  ];
}

/** Takes away what an earlier admission put there: a copied pod, or a wish that has changed between two calls. */
function planRemoval(pod: PodTemplate, numbered: ReadonlySet<string>): JsonPatchOperation[] {
  const { spec, metadata } = pod;
  const isSandboxed = hasOurSandbox(pod);
  const ours = new Set([...numbered, ...ourSandboxVolumes(pod)]);
  const isSandboxContainer = ({ name }: PodContainer): boolean => isSandboxed && name === sandboxName;
  const isOurs = ({ name }: { readonly name: string }): boolean => ours.has(name);
  const mounts = spec.containers.flatMap((container, index) =>
    indexesFromEnd(container.volumeMounts, isOurs).map((at) =>
      jsonPointer('spec', 'containers', index, 'volumeMounts', at),
    ),
  );
  const noted = parseInjections(metadata?.annotations);
  const variables = spec.containers.flatMap((container, index) => {
    const told = ourSwitches(container, noted);
    const set = new Set([...allOurVariables(container, noted), ...told.variables]);
    const last = container.args?.length ?? 0;
    return [
      ...Array.from({ length: told.arguments }, (_, at) =>
        jsonPointer('spec', 'containers', index, 'args', last - 1 - at),
      ),
      ...indexesFromEnd(container.env, (variable) => set.has(variable)).map((at) =>
        jsonPointer('spec', 'containers', index, 'env', at),
      ),
    ];
  });
  const commands = spec.containers.flatMap((container, index): JsonPatchOperation[] => {
    const commanded = commandedInjection(container, noted);
    const path = jsonPointer('spec', 'containers', index, 'command', 0);
    return commanded === undefined ? [] : [{ op: 'replace', path, value: commanded.path }];
  });
  const copierNames = ourCopierNames(pod);
  const copiers = indexesFromEnd(
    spec.initContainers,
    (container) => copierNames.has(container.name) || isSandboxContainer(container),
  ).map((at) => jsonPointer('spec', 'initContainers', at));
  const volumes = indexesFromEnd(spec.volumes, isOurs).map((at) => jsonPointer('spec', 'volumes', at));
  const hasAnnotation = metadata?.annotations?.[inCluster.injectedAnnotation] !== undefined;
  const annotation = jsonPointer('metadata', 'annotations', inCluster.injectedAnnotation);
  const removed = [...mounts, ...variables, ...copiers, ...volumes, ...(hasAnnotation ? [annotation] : [])];
  return [...commands, ...removed.map((path): JsonPatchOperation => ({ op: 'remove', path }))];
}

/** Takes an earlier sandbox from among the containers: the last operation, since others tell containers by their places. */
function planSandboxRemoval(pod: PodTemplate): JsonPatchOperation[] {
  const at = hasOurSandbox(pod) ? pod.spec.containers.findIndex(({ name }) => name === sandboxName) : -1;
  return at < 0 ? [] : [{ op: 'remove', path: jsonPointer('spec', 'containers', at) }];
}

/** Volumes, and the init containers that fill them; what several containers mount is brought once. */
function planVolumes(
  { spec }: PodTemplate,
  mounts: readonly InjectedMount[],
  names: ReadonlyMap<string, string>,
): JsonPatchOperation[] {
  const placed = [...names].flatMap(([key, name]) => {
    const mount = mounts.find((each) => each.key === key);
    const container = spec.containers.find((each) => each.name === mount?.container);
    return mount && container
      ? [mount.volume(name, { container, securityContext: spec.securityContext })]
      : [];
  });
  const copiers = placed.flatMap(({ initContainer }) => initContainer ?? []);
  return [
    ...placed.map(({ volume }, index) =>
      appendOperation('/spec/volumes', spec.volumes !== undefined || index > 0, volume),
    ),
    ...copiers.map((copier, index) =>
      appendOperation('/spec/initContainers', spec.initContainers !== undefined || index > 0, copier),
    ),
  ];
}

/** Commands that name what was brought, where it cannot lie over the original. */
function planCommands(
  { spec }: PodTemplate,
  mounts: readonly InjectedMount[],
  names: ReadonlyMap<string, string>,
): JsonPatchOperation[] {
  return mounts.flatMap((mount) => {
    const value = mount.command(names.get(mount.key) ?? '');
    const index = spec.containers.findIndex(({ name }) => name === mount.container);
    const path = jsonPointer('spec', 'containers', index, 'command', 0);
    return value === undefined ? [] : [{ op: 'replace', path, value }];
  });
}

function planMounts(
  { spec }: PodTemplate,
  mounts: readonly InjectedMount[],
  names: ReadonlyMap<string, string>,
): JsonPatchOperation[] {
  return spec.containers.flatMap((container, index) => {
    const pointer = jsonPointer('spec', 'containers', index, 'volumeMounts');
    const mine = mounts.filter((mount) => mount.container === container.name);
    return mine.map((each, at) =>
      appendOperation(
        pointer,
        container.volumeMounts !== undefined || at > 0,
        each.mount(names.get(each.key) ?? ''),
      ),
    );
  });
}

function planArguments({ spec }: PodTemplate, injections: readonly SwitchInjection[]): JsonPatchOperation[] {
  return spec.containers.flatMap((container, index) => {
    const pointer = jsonPointer('spec', 'containers', index, 'args');
    const mine = injections.filter((injection) => injection.container === container.name);
    return mine
      .flatMap((injection) => injection.arguments)
      .map((text, at) => appendOperation(pointer, container.args !== undefined || at > 0, text));
  });
}

/** The variables that injections set in a container. */
function variablesOf(injections: readonly Injection[], container: string): readonly EnvironmentVariable[] {
  return injections
    .filter((each) => each.container === container)
    .flatMap((each): readonly EnvironmentVariable[] => {
      if (isEnvironment(each)) return environmentOf(each.variables);
      return isSandbox(each)
        ? []
        : Object.entries(each.environment ?? {}).map(([name, value]) => ({ name, value }));
    });
}

function planVariables({ spec }: PodTemplate, injections: readonly Injection[]): JsonPatchOperation[] {
  return spec.containers.flatMap((container, index) => {
    const pointer = jsonPointer('spec', 'containers', index, 'env');
    return variablesOf(injections, container.name).map((variable, at) =>
      appendOperation(pointer, container.env !== undefined || at > 0, variable),
    );
  });
}

function planAnnotation({ metadata }: PodTemplate, injections: readonly Injection[]): JsonPatchOperation {
  const value = JSON.stringify(injections);
  const { injectedAnnotation } = inCluster;
  if (metadata === undefined)
    return { op: 'add', path: '/metadata', value: { annotations: { [injectedAnnotation]: value } } };
  return metadata.annotations === undefined
    ? { op: 'add', path: '/metadata/annotations', value: { [injectedAnnotation]: value } }
    : { op: 'add', path: jsonPointer('metadata', 'annotations', injectedAnnotation), value };
}

/** Whether the variables of a pod that are ours are exactly the wanted ones. */
function hasVariables({ spec, metadata }: PodTemplate, injections: readonly Injection[]): boolean {
  const noted = parseInjections(metadata?.annotations);
  return spec.containers.every((container) => {
    const wanted = variablesOf(injections, container.name);
    const ours = allOurVariables(container, noted);
    return (
      ours.length === wanted.length &&
      wanted.every(({ name, value }) => ours.some((each) => each.name === name && each.value === value))
    );
  });
}

/** Whether a container has a mount, and executes what it brings. */
function isPlaced(container: PodContainer, wanted: InjectedMount, names: ReadonlySet<string>): boolean {
  const { command = [], volumeMounts = [] } = container;
  return volumeMounts
    .filter(({ name }) => names.has(name))
    .some(
      ({ name, mountPath }) =>
        mountPath === wanted.mount(name).mountPath && (wanted.command(name) ?? command[0]) === command[0],
    );
}

/** Whether what its operators are told is exactly what the pod's author did not write. */
function hasSwitches({ spec, metadata }: PodTemplate, injections: readonly SwitchInjection[]): boolean {
  const noted = parseInjections(metadata?.annotations);
  return spec.containers.every((container) => {
    const wanted = injections.find((each) => each.container === container.name);
    const ours = ourSwitches(container, noted);
    const count = Object.keys(wanted?.environment ?? {}).length;
    return ours.arguments === (wanted?.arguments.length ?? 0) && ours.variables.length === count;
  });
}

/** Whether the pod carries exactly these injections already, volumes included. */
function isInPlace(pod: PodTemplate, injections: readonly Injection[], ours: ReadonlySet<string>): boolean {
  const noted = pod.metadata?.annotations?.[inCluster.injectedAnnotation];
  if (injections.length === 0) return noted === undefined && ours.size === 0;
  const { containers } = pod.spec;
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  const wanted = injections.flatMap(mountsOf);
  return (
    noted === JSON.stringify(injections) &&
    (!injections.some(isSandbox) || hasSandbox(pod)) &&
    hasVariables(
      pod,
      injections.filter((each) => !isSwitched(each)),
    ) &&
    hasSwitches(pod, injections.filter(isSwitched)) &&
    mounts.filter(({ name }) => ours.has(name)).length === wanted.length &&
    wanted.every((mount) =>
      containers.some((container) => container.name === mount.container && isPlaced(container, mount, ours)),
    )
  );
}

/**
 * The JSON Patch that makes a pod run what the GoRuntimes of its namespace wish: artefacts in the place of executables, variables of
 * the Go runtime, whole Go releases, what operators are told, and an annotation that lists what was done. The image stays as it is. A
 * sandbox is listed, and an earlier one taken away; {@link planAdmission} puts it there.
 * @param nodes - those of the cluster, by which deliveries are chosen; when absent nothing is known of them
 */
export function planInjection(
  pod: PodTemplate,
  runtimes: readonly GoRuntime[],
  nodes?: readonly DeliverableNode[],
): InjectionPlan {
  const { injections, refusals, notes } = wantInjections(pod, runtimes, nodes);
  const ours = ourVolumeNames(pod);
  if (isInPlace(pod, injections, ours)) return { operations: [], injections, refusals, notes };
  const removal = planRemoval(pod, ours);
  const last = planSandboxRemoval(pod);
  if (injections.length === 0) return { operations: [...removal, ...last], injections, refusals, notes };
  const mounts = injections.flatMap(mountsOf);
  const names = nameVolumes(pod, mounts, ours);
  const operations = [
    ...removal,
    ...planVolumes(pod, mounts, names),
    ...planMounts(pod, mounts, names),
    ...planCommands(pod, mounts, names),
    ...planArguments(pod, injections.filter(isSwitched)),
    ...planVariables(pod, injections),
    planAnnotation(pod, injections),
    ...last,
  ];
  return { operations, injections, refusals, notes };
}
