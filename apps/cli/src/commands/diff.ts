import { exitCode } from '@gofleet/base/exit-code';
import { inspectFile } from '@gofleet/filesystem/inspect-file';
import { type BinaryDifference, compareBinaries } from '@gofleet/identify/compare-binaries';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { renderTable } from '../render-table.ts';

function render(paths: readonly string[], differences: readonly BinaryDifference[]): string {
  if (differences.length === 0) return 'no difference in what the two say of themselves';
  const rows = differences.map(({ kind, name, before = '–', after = '–' }) => [kind, name, before, after]);
  return renderTable(['what', 'name', ...paths], rows);
}

/** Adds `gofleet diff`. */
export function register(program: Command): void {
  program
    .command('diff')
    .description(
      'say how two Go programs differ: release, modules, settings, build ID; ends with 1 when they do',
    )
    .argument('<before>', 'a Go program')
    .argument('<after>', 'another one')
    .action(
      action(async (context, before: string, after: string) => {
        const [old, now] = [await inspectFile(before), await inspectFile(after)];
        const differences = compareBinaries(old, now);
        context.print({ before, after, differences }, () => render([before, after], differences));
        return differences.length === 0 ? exitCode.ok : exitCode.findings;
      }),
    );
}
