import { GofleetError } from '@gofleet/base/errors';

/** What the database answers for a module version: a record of its log, and a signed tree head that holds it. */
export interface Lookup {
  /** Number of the record in the log. */
  readonly id: number;
  /** The record itself: lines of go.sum. This is what the log vouches for, nothing else of the answer. */
  readonly record: string;
  /** The signed note, not yet opened. */
  readonly note: string;
}

const idLine = /^(0|[1-9]\d{0,14})\n/;

/**
 * The parts of an answer of `lookup/`.
 * @throws `resolve.malformed-lookup`
 * @see golang.org/x/mod/sumdb/tlog ParseRecord
 */
export function parseLookup(text: string): Lookup {
  const id = idLine.exec(text);
  const end = text.indexOf('\n\n');
  const record = text.slice(id?.[0].length ?? 0, end + 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: records may not have them
  if (id && end > 0 && record !== '' && !/[\x00-\x09\x0b-\x1f\ufffd]/.test(record)) {
    return { id: Number(id[1]), record, note: text.slice(end + 2) };
  }
  throw new GofleetError(
    'resolve.malformed-lookup',
    `expected a record of the checksum database, found "${text.slice(0, 80).split('\n')[0]}"`,
  );
}

/** The sums of a module version that a record holds, `h1:…`; of the module itself, not of its go.mod. */
export function sumsOf(record: string, module: string, version: string): string[] {
  const prefix = `${module} ${version} `;
  return record
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}
