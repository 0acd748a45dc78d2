import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action } from '../context.ts';
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

/** The table; what draws it is loaded only for eyes. */
async function render({ binaries }: ScanOutcome): Promise<string> {
  if (binaries.length === 0) return 'no Go program found';
  const { renderTable } = await import('../render-table.ts');
  return renderTable(head, binaries.map(rowOf));
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

interface Options {
  readonly jsonl?: boolean;
  readonly pid?: readonly string[];
}

/**
 * The files to scan: those that are given, and the executables of the running processes.
 * @throws `cli.usage` when there are none, or for a process ID that is no number
 */
function listPaths(paths: readonly string[], { pid = [] }: Options): string[] {
  const wrong = pid.find((id) => !/^[1-9][0-9]*$/.test(id));
  if (wrong !== undefined) {
    throw new GofleetError('cli.usage', `--pid: expected the ID of a process, found "${wrong}"`);
  }
  if (paths.length + pid.length === 0) {
    throw new GofleetError('cli.usage', 'scan: expected a path or --pid, found neither');
  }
  return [...paths, ...pid.map((id) => `/proc/${id}/exe`)];
}

/** Adds `gofleet scan`. */
export function register(program: Command): void {
  program
    .command('scan')
    .description('say what Go programs have inside: release, modules, settings, how they were built')
    .argument(
      '[path...]',
      'programs (ELF, Mach-O, PE, XCOFF, WebAssembly), directories of them and, when named themselves, tar archives (plain, gzip, zstd; npm, Alpine and Debian packages) and images (docker-archive, OCI layout)',
    )
    .option('--jsonl', 'one line of JSON per program, as soon as it is read')
    .option('--pid <id...>', 'what runs: the executables of these processes, even if deleted since')
    .action(
      action(async (context, given: string[], options: Options) => {
        const paths = listPaths(given, options);
        if (options.jsonl) return printLines(paths, context.signal);
        const outcome = await scanFiles(paths, context.signal);
        const text = context.json ? '' : await render(outcome);
        context.print(context.json ? scanToJson(outcome) : outcome, () => text);
        for (const { path, error } of outcome.problems) {
          if (!context.json) process.stderr.write(`${nameError(path, error)} (${error.code})\n`);
        }
        return exitCodeFor(outcome.binaries.length, outcome.problems.length);
      }),
    );
}
