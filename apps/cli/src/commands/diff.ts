import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { renderTable } from '../render-table.ts';
import { comparePrograms, type ProgramDifference, programsOf } from '../scan/programs-of.ts';

function render(paths: readonly string[], differences: readonly ProgramDifference[]): string {
  if (differences.length === 0) return 'no difference in what the two say of themselves';
  const inImages = differences.some(({ path }) => path !== undefined);
  const rows = differences.map(({ path = '', kind, name, before = '–', after = '–' }) => [
    ...(inImages ? [path] : []),
    ...[kind, name, before, after],
  ]);
  return renderTable([...(inImages ? ['program'] : []), 'what', 'name', ...paths], rows);
}

/** Adds `gofleet diff`. */
export function register(program: Command): void {
  program
    .command('diff')
    .description(
      'say how two Go programs or images differ: release, modules, settings, build ID; ends with 1 when they do',
    )
    .argument('<before>', 'a Go program, or an archive or image (docker-archive, OCI layout as tar)')
    .argument('<after>', 'another one')
    .action(
      action(async (context, before: string, after: string) => {
        const differences = comparePrograms(await programsOf(before), await programsOf(after));
        context.print({ before, after, differences }, () => render([before, after], differences));
        return differences.length === 0 ? exitCode.ok : exitCode.findings;
      }),
    );
}
