/**
 * What an environment is for: a developer's machine, one CI job in a work tree that is thrown away, or one cell of several
 * releases that build the same work tree.
 */
export type Scenario = 'local' | 'ci' | 'matrix';

export const scenarios: readonly Scenario[] = ['local', 'ci', 'matrix'];
