import { GofleetError } from '@gofleet/base/errors';

/**
 * The flags of a GOFLAGS value, a word each; a word may stand in single or double quotes as a whole.
 * @throws `build.malformed-goflags` for a quote that is not closed
 * @see Go cmd/internal/quoted Split (go1.26)
 */
export function splitFlags(text: string): string[] {
  const words: string[] = [];
  const pattern = /[ \t\r\n]*(?:"([^"]*)"|'([^']*)'|(["'])|([^ \t\r\n]+))/y;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [, double, single, open, bare] = match;
    if (open !== undefined) {
      throw new GofleetError('build.malformed-goflags', `GOFLAGS: the quote ${open} is not closed`, {
        facts: { column: match.index + 1 },
        hint: 'quote a whole flag: GOFLAGS="\'-ldflags=-s -w\' -trimpath"',
      });
    }
    words.push(double ?? single ?? bare ?? '');
  }
  return words;
}

/** A flag as Go's flag package reads it: `--tags=x` is `tags` with the value `x`. */
export function parseFlag(word: string): { readonly name: string; readonly value: string | undefined } {
  const [, name = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  return { name, value };
}
