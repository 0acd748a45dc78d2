import { styleText } from 'node:util';
import { errorToJson, type GofleetError } from '@gofleet/base/errors';
import { exitCode, exitCodeOf } from '@gofleet/base/exit-code';

function causesOf(error: GofleetError): string {
  const lines: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    lines.push(`  because: ${cause.stack}`);
  return lines.join('\n');
}

/** Writes an error to standard error, as one JSON object or for eyes, and returns the exit code that it stands for. */
export function renderError(
  error: GofleetError,
  { json, verbose }: { json: boolean; verbose: boolean },
): number {
  const code = exitCodeOf(error);
  if (json) {
    process.stderr.write(`${JSON.stringify({ error: errorToJson(error) })}\n`);
    return code;
  }
  const red = (text: string): string => styleText('red', text, { stream: process.stderr });
  process.stderr.write(`${red('error')} ${error.message} (${error.code})\n`);
  if (error.hint !== undefined) process.stderr.write(`  next: ${error.hint}\n`);
  if (verbose || code === exitCode.bug) process.stderr.write(`${error.stack}\n${causesOf(error)}\n`);
  return code;
}
