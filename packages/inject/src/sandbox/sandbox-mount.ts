import { normalizePath } from '@gofleet/declare/paths';
import type { EnvironmentVariable, PodContainer, VolumeMount } from '../admission/pod.ts';

/** A container that has the volume of a sandbox. */
export interface Caller {
  readonly index: number;
  readonly container: PodContainer;
  /** Where it has the volume. */
  readonly mount: VolumeMount;
}

/** `$(NAME)`, and what is written so that it is none. @see Kubernetes third_party/forked/golang/expansion/expand.go (1.36) */
const reference = /\$\$|\$\(([^()]*)\)/g;

const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(reference)].flatMap(([, name]) => name ?? []);

/** Adds the names that a text refers to, and those that the values of these refer to. */
function collectNames(text: string, env: readonly EnvironmentVariable[], found: Set<string>): void {
  for (const name of namesIn(text)) {
    if (found.has(name)) continue;
    found.add(name);
    for (const variable of env) if (variable.name === name) collectNames(variable.value ?? '', env, found);
  }
}

/** The variables that the path of a caller's mount is made of, in their order. */
export function mountVariables({ container, mount }: Caller): readonly EnvironmentVariable[] {
  const { env = [] } = container;
  const names = new Set<string>();
  collectNames(mount.subPathExpr ?? '', env, names);
  return env.filter(({ name }) => names.has(name));
}

/** A variable that the path of a caller's mount is made of, and that comes from elsewhere: the sandbox cannot have it. */
export function foreignVariable({ container: { env = [] }, mount }: Caller): string | undefined {
  return namesIn(mount.subPathExpr ?? '').find((name) => !env.some((variable) => variable.name === name));
}

/** The mount of the sandbox that shows what its caller sees, and lets write where he may. */
export function likeMount({
  name,
  mountPath,
  subPath,
  subPathExpr,
  readOnly,
  recursiveReadOnly,
}: VolumeMount): VolumeMount {
  return {
    ...{ name, mountPath },
    ...(subPath === undefined ? {} : { subPath }),
    ...(subPathExpr === undefined ? {} : { subPathExpr }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(recursiveReadOnly === undefined ? {} : { recursiveReadOnly }),
  };
}

/** What two callers have in common when one sandbox can serve both. */
function viewOf(caller: Caller): string {
  const { mountPath, subPath = '', subPathExpr = '', readOnly = false, recursiveReadOnly } = caller.mount;
  const path = normalizePath(mountPath);
  return JSON.stringify([path, subPath, subPathExpr, readOnly, recursiveReadOnly, mountVariables(caller)]);
}

/** Those of a pod that one sandbox serves, as the first has the volume who may write to it; and the others. */
export function groupCallers(all: readonly Caller[]): {
  readonly callers: readonly Caller[];
  readonly others: readonly Caller[];
} {
  const first = all.find(({ mount }) => mount.readOnly !== true) ?? all[0];
  const view = first && viewOf(first);
  const { callers = [], others = [] } = Object.groupBy(all, (each) =>
    viewOf(each) === view ? 'callers' : 'others',
  );
  return { callers, others };
}
