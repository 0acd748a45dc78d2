/** A line that the `go` command passes over in silence, or takes for something else than it looks like. */
export interface EnvFileProblem {
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 80)).slice(1, -1);

function problemOf(text: string): string | undefined {
  if (text.startsWith('\ufeff')) return 'a byte order mark keeps the name from being read';
  if (!text.includes('=')) return 'there is no "=" in it';
  if (!/^[A-Z]/.test(text)) return 'a name begins with a capital letter A to Z';
  if (/^[^=]*\s/.test(text)) return 'there is white space in the name';
  if (text.endsWith('\r')) return 'the line ends with CR LF, so the value ends with a carriage return';
  return undefined;
}

/**
 * The lines of a file that `go env -w` keeps that are not what they seem: the `go` command skips what it does not understand
 * without a word. Comments and empty lines are fine.
 * @see parseEnvFile of the declare chapter, which reads it
 */
export function checkEnvFile(text: string): EnvFileProblem[] {
  return text.split('\n').flatMap((content, index) => {
    const reason = content.trim() === '' || content.startsWith('#') ? undefined : problemOf(content);
    return reason === undefined ? [] : [{ line: index + 1, text: shown(content), reason }];
  });
}
