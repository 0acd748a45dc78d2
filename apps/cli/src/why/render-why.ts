import { styleText } from 'node:util';
import type { Considered, GoWish, Resolution } from '@gofleet/declare/declaration';
import { renderFinding, shorten } from './render-findings.ts';

/** A wish for eyes. */
export function renderWish(wish: GoWish | undefined): string {
  if (wish === undefined) return 'none: the go command refuses to run';
  if (wish.kind === 'release') return wish.release;
  if (wish.kind === 'constraint') return `the newest Go ${wish.constraint}`;
  return wish.kind === 'local' ? 'the first go in PATH' : 'unknown';
}

function placeOf({ place: { file, line, column } }: Considered, directory: string): string {
  return file === 'environment' ? file : `${shorten(file, directory)}:${line}:${column}`;
}

function renderConsidered(considered: readonly Considered[], directory: string): string[] {
  const rows = considered.map((one) => [
    one.verdict,
    placeOf(one, directory),
    one.what,
    one.value,
    one.because,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
  );
}

/** The answer of `gofleet why` for eyes. */
export function renderWhy({ directory, wish, winner, considered, findings }: Resolution): string {
  const lines = [styleText('bold', renderWish(wish), { stream: process.stdout })];
  if (winner) {
    lines.push(`  ${placeOf(winner, directory)}: ${winner.place.text.trim()}`, `  ${winner.because}`);
  } else if (wish) lines.push('  nothing asks for a release, and there is no go in PATH');
  if (considered.length > 0)
    lines.push('', 'considered, in order:', ...renderConsidered(considered, directory));
  if (findings.length > 0) lines.push('', ...findings.map((finding) => renderFinding(finding, directory)));
  return lines.join('\n');
}
