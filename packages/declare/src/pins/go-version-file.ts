import type { ParsedFile } from '../declaration.ts';
import { malformed } from '../finding-at.ts';
import { linesOf, SourceText } from '../source-text.ts';
import { parseVersionWish } from '../version-wish.ts';

const hint = 'write one release: 1.26.8';

/**
 * What a `.go-version` says: the first word that is in no comment.
 * @see goenv, libexec/goenv-version-file-read
 */
export function parseGoVersionFile(text: string, file: string): ParsedFile {
  const source = new SourceText(file, text);
  for (const line of linesOf(source.text)) {
    const match = /[^\s#]+/.exec(line.text.replace(/#.*$/, ''));
    if (!match) continue;
    const [value] = match;
    const place = source.placeAt(line.start + match.index);
    const wish = parseVersionWish(value, 'newest');
    if (!wish) return { declarations: [], findings: [malformed(place, `"${value}" is no Go version`, hint)] };
    return { declarations: [{ source: '.go-version', what: 'version', value, wish, place }], findings: [] };
  }
  return { declarations: [], findings: [malformed(source.placeAt(0), 'no version in it', hint)] };
}
