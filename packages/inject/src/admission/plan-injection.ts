import type {
  EnvironmentInjection,
  GoRuntime,
  Injection,
  MountedInjection,
  SwitchInjection,
} from '../go-runtime.ts';
import { inCluster, isEnvironment, isMounted, isSwitched } from '../go-runtime.ts';
import { appendOperation, type JsonPatchOperation, jsonPointer } from './json-patch.ts';
import { type PodTemplate, parseInjections } from './pod.ts';
import { ourVariables } from './want-environment.ts';
import { type Note, ourVolumeNames, type Refusal, wantInjections } from './want-injections.ts';
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

/** Takes away what an earlier admission put there: a copied pod, or a wish that has changed between two calls. */
function planRemoval({ spec, metadata }: PodTemplate, ours: ReadonlySet<string>): JsonPatchOperation[] {
  const isOurs = ({ name }: { readonly name: string }): boolean => ours.has(name);
  const mounts = spec.containers.flatMap((container, index) =>
    indexesFromEnd(container.volumeMounts, isOurs).map((at) =>
      jsonPointer('spec', 'containers', index, 'volumeMounts', at),
    ),
  );
  const noted = parseInjections(metadata?.annotations);
  const variables = spec.containers.flatMap((container, index) => {
    const told = ourSwitches(container, noted);
    const set = new Set([...ourVariables(container, noted), ...told.variables]);
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
  const volumes = indexesFromEnd(spec.volumes, isOurs).map((at) => jsonPointer('spec', 'volumes', at));
  const hasAnnotation = metadata?.annotations?.[inCluster.injectedAnnotation] !== undefined;
  const annotation = jsonPointer('metadata', 'annotations', inCluster.injectedAnnotation);
  return [...mounts, ...variables, ...volumes, ...(hasAnnotation ? [annotation] : [])].map((path) => ({
    op: 'remove',
    path,
  }));
}

/** A volume name per distinct artefact, none of which the pod uses itself. */
function nameVolumes(
  { spec }: PodTemplate,
  injections: readonly MountedInjection[],
  ours: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const taken = new Set((spec.volumes ?? []).map(({ name }) => name).filter((name) => !ours.has(name)));
  const names = new Map<string, string>();
  let number = 0;
  for (const { artefact } of injections) {
    if (names.has(artefact)) continue;
    while (taken.has(`gofleet-${number}`)) number += 1;
    names.set(artefact, `gofleet-${number}`);
    number += 1;
  }
  return names;
}

function volumeOf(name: string, artefact: string): unknown {
  return {
    name,
    csi: { driver: inCluster.csiDriver, readOnly: true, volumeAttributes: { artefact } },
  };
}

function planVolumes({ spec }: PodTemplate, names: ReadonlyMap<string, string>): JsonPatchOperation[] {
  return [...names].map(([artefact, name], index) =>
    appendOperation('/spec/volumes', spec.volumes !== undefined || index > 0, volumeOf(name, artefact)),
  );
}

function planMounts(
  { spec }: PodTemplate,
  injections: readonly MountedInjection[],
  names: ReadonlyMap<string, string>,
): JsonPatchOperation[] {
  return spec.containers.flatMap((container, index) => {
    const pointer = jsonPointer('spec', 'containers', index, 'volumeMounts');
    const mine = injections.filter((injection) => injection.container === container.name);
    return mine.map(({ artefact, path }, at) =>
      appendOperation(pointer, container.volumeMounts !== undefined || at > 0, {
        name: names.get(artefact),
        mountPath: path,
        readOnly: true,
      }),
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

function planVariables(
  { spec }: PodTemplate,
  injections: readonly (EnvironmentInjection | SwitchInjection)[],
): JsonPatchOperation[] {
  return spec.containers.flatMap((container, index) => {
    const pointer = jsonPointer('spec', 'containers', index, 'env');
    const mine = injections.filter((injection) => injection.container === container.name);
    return mine
      .flatMap((each) => Object.entries(isSwitched(each) ? each.environment : each.variables))
      .map(([name, value], at) =>
        appendOperation(pointer, container.env !== undefined || at > 0, { name, value }),
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
function hasVariables({ spec, metadata }: PodTemplate, injections: readonly EnvironmentInjection[]): boolean {
  const noted = parseInjections(metadata?.annotations);
  return spec.containers.every((container) => {
    const wanted = injections.filter((each) => each.container === container.name);
    const pairs = wanted.flatMap(({ variables }) => Object.entries(variables));
    const ours = ourVariables(container, noted);
    return (
      ours.length === pairs.length &&
      pairs.every(([name, value]) => ours.some((each) => each.name === name && each.value === value))
    );
  });
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
  const mounted = new Set(
    pod.spec.containers.flatMap(({ name, volumeMounts = [] }) =>
      volumeMounts.filter((mount) => ours.has(mount.name)).map(({ mountPath }) => `${name} ${mountPath}`),
    ),
  );
  const wanted = injections.filter(isMounted);
  return (
    noted === JSON.stringify(injections) &&
    hasVariables(pod, injections.filter(isEnvironment)) &&
    hasSwitches(pod, injections.filter(isSwitched)) &&
    mounted.size === wanted.length &&
    wanted.every(({ container, path }) => mounted.has(`${container} ${path}`))
  );
}

/**
 * The JSON Patch that makes a pod run what the GoRuntimes of its namespace wish: a read-only CSI volume per artefact, mounted over
 * each executable, or variables of the Go runtime, what operators are told, and an annotation that lists what was done. Image and command stay as they are.
 */
export function planInjection(pod: PodTemplate, runtimes: readonly GoRuntime[]): InjectionPlan {
  const { injections, refusals, notes } = wantInjections(pod, runtimes);
  const ours = ourVolumeNames(pod);
  if (isInPlace(pod, injections, ours)) return { operations: [], injections, refusals, notes };
  const removal = planRemoval(pod, ours);
  if (injections.length === 0) return { operations: removal, injections, refusals, notes };
  const mounted = injections.filter(isMounted);
  const names = nameVolumes(pod, mounted, ours);
  const operations = [
    ...removal,
    ...planVolumes(pod, names),
    ...planMounts(pod, mounted, names),
    ...planArguments(pod, injections.filter(isSwitched)),
    ...planVariables(
      pod,
      injections.filter((each) => isEnvironment(each) || isSwitched(each)),
    ),
    planAnnotation(pod, injections),
  ];
  return { operations, injections, refusals, notes };
}
