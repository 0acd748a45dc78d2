/** The variables that gofleet sets and reads; no others are ever looked at. */
export const runtimeVariables = ['GODEBUG', 'GOGC', 'GOMAXPROCS', 'GOMEMLIMIT'] as const;

/** Some of them, with their values. */
export type RuntimeVariables = Readonly<Partial<Record<(typeof runtimeVariables)[number], string>>>;

/** In which kubelet tells a container its memory limit, in MiB rounded up. */
export const memoryLimitVariable = 'GOFLEET_MEMORY_LIMIT_MIB';

/**
 * A GOMEMLIMIT that kubelet writes whenever the container starts: a million bytes for each MiB of the limit, 4.6 % less than it.
 * No other margin can be had so: the downward API divides by units of memory, and Kubernetes puts variables together by text.
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export const followingMemoryLimit = `$(${memoryLimitVariable})000000`;

/**
 * The variables as a process finds them that starts under a memory limit.
 * @param limitBytes - of the container; absent when it has none
 */
export function expandVariables(
  variables: RuntimeVariables,
  limitBytes: number | undefined,
): RuntimeVariables {
  if (variables.GOMEMLIMIT !== followingMemoryLimit || limitBytes === undefined) return variables;
  return { ...variables, GOMEMLIMIT: `${Math.ceil(limitBytes / 2 ** 20)}000000` };
}

/** Whether two sets of variables are the same, in whatever order. */
export function sameVariables(a: RuntimeVariables | undefined, b: RuntimeVariables | undefined): boolean {
  return runtimeVariables.every((name) => a?.[name] === b?.[name]);
}

/** The variables for eyes: `GODEBUG=a=1 GOMEMLIMIT=1000`. */
export function renderVariables(variables: RuntimeVariables): string {
  const set = runtimeVariables.filter((name) => variables[name] !== undefined);
  return set.map((name) => `${name}=${variables[name]}`).join(' ');
}
