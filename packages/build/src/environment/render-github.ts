import { createHash } from 'node:crypto';
import type { EnvironmentVariable } from './plan-environment.ts';

/** A line that occurs nowhere in the value. */
function delimiterFor(value: string): string {
  return `gofleet_${createHash('sha256').update(value).digest('hex').slice(0, 16)}`;
}

/** A variable cannot be taken away there; an empty one counts as not set for Go. */
function renderVariable({ name, value = '' }: EnvironmentVariable): string {
  if (!/[\r\n]/.test(value)) return `${name}=${value}`;
  const delimiter = delimiterFor(value);
  return `${name}<<${delimiter}\n${value}\n${delimiter}`;
}

/**
 * Lines for the file that `$GITHUB_ENV` names.
 * @see GitHub Docs, Workflow commands for GitHub Actions: environment files
 */
export function renderGithub(variables: readonly EnvironmentVariable[]): string {
  return variables.map(renderVariable).join('\n');
}
