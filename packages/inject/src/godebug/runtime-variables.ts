/** The variables that gofleet sets and reads; no others are ever looked at. */
export const runtimeVariables = ['GODEBUG', 'GOGC', 'GOMAXPROCS', 'GOMEMLIMIT'] as const;

/** Some of them, with their values. */
export type RuntimeVariables = Readonly<Partial<Record<(typeof runtimeVariables)[number], string>>>;

/** Whether two sets of variables are the same, in whatever order. */
export function sameVariables(a: RuntimeVariables | undefined, b: RuntimeVariables | undefined): boolean {
  return runtimeVariables.every((name) => a?.[name] === b?.[name]);
}

/** The variables for eyes: `GODEBUG=a=1 GOMEMLIMIT=1000`. */
export function renderVariables(variables: RuntimeVariables): string {
  const set = runtimeVariables.filter((name) => variables[name] !== undefined);
  return set.map((name) => `${name}=${variables[name]}`).join(' ');
}
