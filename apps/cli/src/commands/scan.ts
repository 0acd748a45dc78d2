import type { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { renderTable } from '../render-table.ts';
import {
  findToJson,
  isBinary,
  type ScannedBinary,
  type ScanOutcome,
  scanFiles,
  scanToJson,
  visitFiles,
} from '../scan/scan-files.ts';

const head = ['path', 'Go', 'main module', 'deps', 'class', 'grade'];

function rowOf({ path, goVersion, main, deps, provenance, grade }: ScannedBinary): string[] {
  const module = main ? `${main.path}${main.version === '' ? '' : `@${main.version}`}` : '–';
  return [path, goVersion ?? 'unknown', module, String(deps?.length ?? '–'), provenance.class, grade];
}

function render({ binaries }: ScanOutcome): string {
  return binaries.length === 0 ? 'no Go program found' : renderTable(head, binaries.map(rowOf));
}

/** 0 when every given file could be read, 1 when some could not, 3 when none could. */
function exitCodeFor(binaries: number, problems: number): number {
  if (problems === 0) return exitCode.ok;
  return binaries === 0 ? exitCode.environment : exitCode.findings;
}

/** The message, with the path unless it has it already. */
function nameError(path: string, { message }: GofleetError): string {
  return message.startsWith(path) ? message : `${path}: ${message}`;
}

/** Prints a line of JSON per find as soon as it is made, so that memory does not grow with their number. */
async function printLines(paths: readonly string[], signal: AbortSignal): Promise<number> {
  const count = { binaries: 0, problems: 0 };
  await visitFiles(paths, signal, (found) => {
    count[isBinary(found) ? 'binaries' : 'problems'] += 1;
    process.stdout.write(`${JSON.stringify(findToJson(found))}\n`);
  });
  return exitCodeFor(count.binaries, count.problems);
}

/** Adds `gofleet scan`. */
export function register(program: Command): void {
  program
    .command('scan')
    .description('say what Go programs have inside: release, modules, settings, how they were built')
    .argument(
      '<path...>',
      'programs (ELF, Mach-O, PE, XCOFF, WebAssembly), directories of them, tar archives and images (docker-archive, OCI layout as tar)',
    )
    .option('--jsonl', 'one line of JSON per program, as soon as it is read')
    .action(
      action(async (context, paths: string[], { jsonl }: { jsonl?: boolean }) => {
        if (jsonl) return printLines(paths, context.signal);
        const outcome = await scanFiles(paths, context.signal);
        context.print(context.json ? scanToJson(outcome) : outcome, () => render(outcome));
        for (const { path, error } of outcome.problems) {
          if (!context.json) process.stderr.write(`${nameError(path, error)} (${error.code})\n`);
        }
        return exitCodeFor(outcome.binaries.length, outcome.problems.length);
      }),
    );
}
