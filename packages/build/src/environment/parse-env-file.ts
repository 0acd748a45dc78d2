/** A line of a file that `go env -w` keeps. */
export interface EnvFileEntry {
  readonly name: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** A line that the `go` command passes over in silence, or takes for something else than it looks like. */
export interface EnvFileProblem {
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface EnvFile {
  readonly entries: readonly EnvFileEntry[];
  readonly problems: readonly EnvFileProblem[];
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
 * The settings of a file that `go env -w` keeps, as the `go` command reads them, and the lines that are not what they seem:
 * it skips what it does not understand without a word.
 * @see Go cmd/go/internal/cfg readEnvFile (go1.26)
 */
export function parseEnvFile(text: string): EnvFile {
  const entries: EnvFileEntry[] = [];
  const problems: EnvFileProblem[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    if (content.trim() === '' || content.startsWith('#')) continue;
    const reason = problemOf(content);
    if (reason !== undefined) problems.push({ line, text: shown(content), reason });
    const equals = content.indexOf('=');
    if (equals < 0 || !/^[A-Z]/.test(content)) continue;
    entries.push({ name: content.slice(0, equals), value: content.slice(equals + 1), line });
  }
  return { entries, problems };
}
