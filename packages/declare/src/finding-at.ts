import type { Finding } from '@gofleet/base/finding';
import type { Place } from './declaration.ts';

/** A finding about a line of a file: `file`, `line`, `column` and `text` are among its facts. */
export function findingAt(place: Place, finding: Finding): Finding {
  const { file, line, column, text } = place;
  return { ...finding, facts: { file, line, column, text, ...finding.facts } };
}

/** The finding for text that its format forbids: code `declare.malformed`, severity `error`. */
export function malformed(place: Place, message: string, hint?: string): Finding {
  const finding: Finding = { code: 'declare.malformed', severity: 'error', message };
  return findingAt(place, hint === undefined ? finding : { ...finding, hint });
}
