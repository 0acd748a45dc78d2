import { GofleetError } from '@gofleet/base/errors';

function quote(word: string): string {
  if (word !== '' && !/[\s'"]/.test(word)) return word;
  if (!word.includes("'")) return `'${word}'`;
  if (!word.includes('"')) return `"${word}"`;
  throw new GofleetError(
    'cli.usage',
    `the go command cannot be given a word with both kinds of quotes: ${word}`,
  );
}

/**
 * A command line as GOCACHEPROG has it.
 * @throws `cli.usage`
 * @see Go cmd/internal/quoted Split (go1.26): words with spaces are quoted, and no quote can be escaped
 */
export function renderGocacheprog(words: readonly string[]): string {
  return words.map(quote).join(' ');
}
