import type { Finding } from '@gofleet/base/finding';
import type { Declaration, ParsedFile } from '../declaration.ts';
import { findingAt, malformed } from '../finding-at.ts';
import { type Line, linesOf, SourceText } from '../source-text.ts';
import { parseVersionWish } from '../version-wish.ts';

const hint = 'write a release: golang 1.26.8';
const entry = /^\s*(golang|go)(?=\s|$)(\s*)(.*)$/;

/** The words of a line, without its comment. */
function wordsOf(text: string): string[] {
  return text
    .replace(/#.*$/, '')
    .split(/\s+/)
    .filter((word) => word !== '');
}

function readEntry(source: SourceText, { start, text }: Line): Declaration | Finding | undefined {
  const code = text.replace(/#.*$/, '');
  const match = entry.exec(code);
  if (!match) return undefined;
  const [, name = '', gap = '', rest = ''] = match;
  const versions = wordsOf(rest);
  const place = source.placeAt(start + code.indexOf(name) + name.length + gap.length);
  const [value] = versions;
  if (value === undefined) return malformed(place, `${name} has no version`, hint);
  const wish = parseVersionWish(value, 'release');
  if (!wish) return malformed(place, `"${value}" is no Go version`, hint);
  const what = versions.length > 1 ? `${name} line, first of ${versions.length}` : `${name} line`;
  return { source: '.tool-versions', what, value, wish, place };
}

/**
 * What a `.tool-versions` says of Go: its first line for `golang` or `go`, of several versions the first.
 * @see asdf documentation, configuration, .tool-versions
 */
export function parseToolVersions(text: string, file: string): ParsedFile {
  const source = new SourceText(file, text);
  const declarations: Declaration[] = [];
  const findings: Finding[] = [];
  for (const line of linesOf(source.text)) {
    const read = readEntry(source, line);
    if (read === undefined) continue;
    if ('code' in read) findings.push(read);
    else if (declarations[0] === undefined) declarations.push(read);
    else {
      const message = `a second line for Go is not read; line ${declarations[0].place.line} counts`;
      findings.push(findingAt(read.place, { code: 'declare.repeated', severity: 'warning', message }));
    }
  }
  return { declarations, findings };
}
