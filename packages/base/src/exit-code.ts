import type { GofleetError } from './errors.ts';

/** The documented exit codes of every command. */
export const exitCode = { ok: 0, findings: 1, usage: 2, environment: 3, bug: 70 } as const;

/** The exit code that an error ends a command with: `base.bug` is 70, `….usage` is 2, everything else 3. */
export function exitCodeOf(error: GofleetError): number {
  if (error.code === 'base.bug') return exitCode.bug;
  return error.code.endsWith('.usage') ? exitCode.usage : exitCode.environment;
}
