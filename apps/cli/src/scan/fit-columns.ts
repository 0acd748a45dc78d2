/** A text of at most `width` characters that lacks its middle when it is longer: `/usr/lo…/bin/app`. */
export function shortenMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const tail = Math.ceil((width - 1) / 2);
  return `${text.slice(0, Math.max(0, width - 1 - tail))}…${text.slice(text.length - tail)}`;
}

const gap = 2;

/**
 * The rows, so that columns two spaces apart fit into `width`: the flexible ones give way, the widest first, but none below 12.
 * @param flexible - their indices
 */
export function fitColumns(
  rows: readonly (readonly string[])[],
  width: number,
  flexible: readonly number[],
): string[][] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const total = (): number => widths.reduce((sum, each) => sum + each, gap * (widths.length - 1));
  const widest = (): number => flexible.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a));
  while (total() > width && (widths[widest()] ?? 0) > 12) widths[widest()] = (widths[widest()] ?? 0) - 1;
  return rows.map((row) => row.map((cell, column) => shortenMiddle(cell, widths[column] ?? 0)));
}
