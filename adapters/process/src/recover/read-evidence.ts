import { readFile, stat } from 'node:fs/promises';
import { type Evidence, type LinkValues, readLinkValues } from '@gofleet/build/relink';

/** What an original's own bytes tell of how it was linked. */
export interface LinkEvidence extends Evidence {
  /** What its symbols say was set with `-X`; empty without a symbol table. */
  readonly symbols: LinkValues;
}

const maxBytes = 1 << 30;
const maxDates = 40;
const date =
  /20[0-9]{2}-[01][0-9]-[0-3][0-9](?:[T ][0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:Z|[+-][0-9]{2}:?[0-9]{2})?)?/g;
const infoStart = Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex');
const infoEnd = Buffer.from('f932433186182072008242104116d8f2', 'hex');

/** Blanks build info, which holds version and commit of every program. @see Go cmd/go/internal/modload/build.go ModInfoData */
function blankBuildInfo(bytes: Buffer): Buffer {
  for (let at = bytes.indexOf(infoStart); at >= 0; at = bytes.indexOf(infoStart, at + 1)) {
    const end = bytes.indexOf(infoEnd, at);
    if (end > 0) bytes.fill(0, at, end);
  }
  return bytes;
}

/** What a file's bytes tell; `undefined` when it is too large to be looked through. */
export async function readLinkEvidence(path: string): Promise<LinkEvidence | undefined> {
  if ((await stat(path)).size > maxBytes) return undefined;
  const bytes = await readFile(path);
  const symbols = readLinkValues(bytes);
  const text = blankBuildInfo(bytes);
  const dates = [...new Set(text.toString('latin1').match(date) ?? [])].slice(0, maxDates);
  return { symbols, dates, holds: (part) => text.includes(part) };
}
