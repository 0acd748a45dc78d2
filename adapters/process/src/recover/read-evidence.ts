import { readFile, stat } from 'node:fs/promises';
import {
  type Evidence,
  type LinkValues,
  readLinkValues,
  readSetStrings,
  withoutStringsOf,
} from '@gofleet/build/relink';

/** What an original's own bytes tell of how it was linked. */
export interface LinkEvidence extends Omit<Evidence, 'printed'> {
  /** What its symbols say was set with `-X`; empty without a symbol table. */
  readonly symbols: LinkValues;
}

const maxBytes = 1 << 30;
const maxTexts = 24;
const date =
  /20[0-9]{2}-[01][0-9]-[0-3][0-9](?:[T ][0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:Z|[+-][0-9]{2}:?[0-9]{2})?)?/g;
const version =
  /v?[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(?:-[0-9]{1,4}-g[0-9a-f]{7,12}|-(?:rc|beta|alpha|dev)[.0-9]*)?/g;
const infoStart = Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex');
const infoEnd = Buffer.from('f932433186182072008242104116d8f2', 'hex');

/** Blanks build info, which holds version and commit of every program. @see Go cmd/go/internal/modload/build.go ModInfoData */
async function readWithoutBuildInfo(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  for (let at = bytes.indexOf(infoStart); at >= 0; at = bytes.indexOf(infoStart, at + 1)) {
    const end = bytes.indexOf(infoEnd, at);
    if (end > 0) bytes.fill(0, at, end);
  }
  return bytes;
}

/**
 * What a file's bytes tell; `undefined` when it is too large to be looked through.
 * @param rebuilt - the same program built without `-X`: what it holds as well was not set
 */
export async function readLinkEvidence(path: string, rebuilt?: string): Promise<LinkEvidence | undefined> {
  if ((await stat(path)).size > maxBytes) return undefined;
  const bytes = await readWithoutBuildInfo(path);
  const symbols = readLinkValues(bytes);
  const other = rebuilt === undefined ? undefined : await readWithoutBuildInfo(rebuilt);
  const text = bytes.toString('latin1');
  const find = (form: RegExp): string[] =>
    [...new Set(text.match(form) ?? [])].filter((found) => !other?.includes(found)).slice(0, maxTexts);
  return {
    ...{ symbols, dates: find(date), versions: find(version) },
    set: other ? withoutStringsOf(readSetStrings(bytes), readSetStrings(other)) : [],
    holds: (part) => bytes.includes(part),
  };
}
