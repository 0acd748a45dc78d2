import type { EnvironmentVariable } from './plan-environment.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

export const shells: readonly Shell[] = ['bash', 'zsh', 'fish'];

/** In single quotes, where bash and zsh take everything as it is but the quote itself. */
function quotePosix(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** In single quotes, where fish gives a meaning to the backslash and the quote. */
function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function renderPosix({ name, value }: EnvironmentVariable): string {
  return value === undefined ? `unset ${name}` : `export ${name}=${quotePosix(value)}`;
}

function renderFish({ name, value }: EnvironmentVariable): string {
  return value === undefined ? `set -q ${name}; and set -e ${name}` : `set -gx ${name} ${quoteFish(value)}`;
}

/** Lines for `eval` of a shell that set the variables, and take away what must not be there. */
export function renderShell(variables: readonly EnvironmentVariable[], shell: Shell): string {
  return variables.map(shell === 'fish' ? renderFish : renderPosix).join('\n');
}
