import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { renderTable } from '../render-table.ts';
import { comparePrograms, type ProgramDifference, programsOf } from '../scan/programs-of.ts';
import type { RegistryScanOptions } from '../scan/scan-registry.ts';

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
    .argument(
      '<before>',
      'a Go program, or an archive or image (docker-archive, OCI layout as tar, docker://REGISTRY/REPOSITORY:TAG)',
    )
    .argument('<after>', 'another one')
    .option('--platform <os/arch>', "of an image for several (default: linux on this machine's processor)")
    .option('--plain-http', 'talk to registries without TLS')
    .action(
      action(async (context, before: string, after: string, options: RegistryScanOptions) => {
        const how = { ...options, signal: context.signal };
        const differences = comparePrograms(await programsOf(before, how), await programsOf(after, how));
        context.print({ before, after, differences }, () => render([before, after], differences));
        return differences.length === 0 ? exitCode.ok : exitCode.findings;
      }),
    );
}
