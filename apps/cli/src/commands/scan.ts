import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { renderTable } from '../render-table.ts';
import { type ScannedBinary, type ScanOutcome, scanFiles, scanToJson } from '../scan/scan-files.ts';

const head = ['path', 'Go', 'main module', 'deps', 'class', 'grade'];

function rowOf({ path, goVersion, main, deps, provenance, grade }: ScannedBinary): string[] {
  const module = main ? `${main.path}${main.version === '' ? '' : `@${main.version}`}` : '–';
  return [path, goVersion ?? 'unknown', module, String(deps?.length ?? '–'), provenance.class, grade];
}

function render({ binaries }: ScanOutcome): string {
  return binaries.length === 0 ? 'no Go program found' : renderTable(head, binaries.map(rowOf));
}

/** 0 when every given file could be read, 1 when some could not, 3 when none could. */
function exitCodeFor({ binaries, problems }: ScanOutcome): number {
  if (problems.length === 0) return exitCode.ok;
  return binaries.length === 0 ? exitCode.environment : exitCode.findings;
}

/** Adds `gofleet scan`. */
export function register(program: Command): void {
  program
    .command('scan')
    .description('say what Go programs have inside: release, modules, settings, how they were built')
    .argument('<path...>', 'files and directories: ELF, Mach-O, PE, XCOFF and WebAssembly programs')
    .action(
      action(async (context, paths: string[]) => {
        const outcome = await scanFiles(paths, context.signal);
        context.print(context.json ? scanToJson(outcome) : outcome, () => render(outcome));
        for (const { error } of outcome.problems) {
          if (!context.json) process.stderr.write(`${error.message} (${error.code})\n`);
        }
        return exitCodeFor(outcome);
      }),
    );
}
