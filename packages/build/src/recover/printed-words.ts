const maxWords = 200;
const maxLength = 200;

/**
 * What a program's words about itself may name values in: each word, and what follows a colon or `=` in its line, without quotes and
 * brackets around it; at most 200.
 */
export function parsePrintedWords(text: string): string[] {
  const parts = text.split(/\r?\n/).flatMap((line) => {
    const [, rest] = /[:=]\s*(.+)$/.exec(line) ?? [];
    return [...(rest === undefined ? [] : [rest]), ...line.split(/[\s,;]+/)];
  });
  const words = parts.map((part) => part.trim().replace(/^["'([{]+|["')\]},.;]+$/g, ''));
  const usable = words.filter((word) => word !== '' && word.length <= maxLength);
  return [...new Set(usable)].slice(0, maxWords);
}
