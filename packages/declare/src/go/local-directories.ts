import { unquoteGoPrefix } from '@gofleet/identify/go-quote';
import { parseStatements, type Statement } from './parse-statements.ts';

/** A directory that a go.mod or go.work leads to, as it is written there. */
export interface LocalDirectory {
  readonly directory: string;
  readonly verb: 'replace' | 'use';
  /** From 1. */
  readonly line: number;
}

/** Go takes a replacement for a directory when it begins so. @see golang.org/x/mod modfile IsDirectoryPath (go1.26) */
const directoryPath = /^(?:\.{1,2}(?:[/\\]|$)|[/\\])/;

function textOf(token: string): string {
  return /^["`]/.test(token) ? (unquoteGoPrefix(token)?.value ?? token) : token;
}

function directoryOf({ verb, args }: Statement): { verb: 'replace' | 'use'; text: string } | undefined {
  const words = args.map(({ text }) => textOf(text));
  if (verb === 'use') return { verb, text: words[0] ?? '' };
  const arrow = words.indexOf('=>');
  const target = words[arrow + 1] ?? '';
  return verb === 'replace' && arrow >= 0 && directoryPath.test(target) ? { verb, text: target } : undefined;
}

/** The directories that the `use` and `replace` lines of a go.mod or go.work lead to; none of a file that Go cannot read. */
export function listLocalDirectories(text: string): LocalDirectory[] {
  const parsed = parseStatements(text);
  if ('error' in parsed) return [];
  return parsed.statements.flatMap((statement) => {
    const found = directoryOf(statement);
    return found ? [{ directory: found.text, verb: found.verb, line: statement.line }] : [];
  });
}
