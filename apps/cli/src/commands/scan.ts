import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import { type Command, Option } from 'commander';
import type { BillFormat } from '../bom/render-bill.ts';
import { action, type Context } from '../context.ts';
import { createProgress } from '../progress.ts';
import { JsonArray } from '../scan/json-array.ts';
import { isBinary, renderFind, type ScanOutcome, type ScanProblem } from '../scan/scan-files.ts';
import { type Places, type ScanContext, scanPlaces, visitPlaces } from '../scan/visit-places.ts';

const formats = ['table', 'json', 'jsonl', 'cyclonedx', 'spdx'] as const;

interface Options {
  readonly format?: (typeof formats)[number];
  readonly jsonl?: boolean;
  readonly pid?: readonly string[];
  readonly host?: boolean;
  readonly platform?: string;
  readonly plainHttp?: boolean;
  readonly cluster?: boolean;
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** 0 when everything could be read, 1 when something could not, 3 when nothing could. */
function exitCodeFor(binaries: number, problems: number): number {
  if (problems === 0) return exitCode.ok;
  return binaries === 0 ? exitCode.environment : exitCode.findings;
}

/** One line: the message, with the path unless it has it already, and what to do. */
function renderProblem({ path, error: { message, code, hint } }: ScanProblem): string {
  const what = message.startsWith(path) ? message : `${path}: ${message}`;
  return `${what} (${code})${hint === undefined ? '' : `: ${hint}`}`;
}

const silent = createProgress({ quiet: true });

/** On a terminal what is printed while it comes is the progress. */
function whilePrinting({ signal, progress }: Context): ScanContext {
  return { signal, progress: process.stdout.isTTY ? silent : progress };
}

/** Prints an array: the executables while they come, then the paths without an answer, each with its error. */
async function printArray(places: Places, context: Context): Promise<number> {
  const array = new JsonArray((text) => process.stdout.write(text));
  const problems: ScanProblem[] = [];
  let binaries = 0;
  await visitPlaces(places, whilePrinting(context), (found) => {
    if (isBinary(found)) {
      binaries += 1;
      array.add(renderFind(found));
    } else problems.push(found);
  });
  for (const problem of problems) array.add(renderFind(problem));
  array.end();
  return exitCodeFor(binaries, problems.length);
}

/** Prints a line of JSON per find as soon as it is made, so that memory does not grow with their number. */
async function printLines(places: Places, context: Context): Promise<number> {
  const count = { binaries: 0, problems: 0 };
  await visitPlaces(places, whilePrinting(context), (found) => {
    count[isBinary(found) ? 'binaries' : 'problems'] += 1;
    process.stdout.write(`${renderFind(found)}\n`);
  });
  return exitCodeFor(count.binaries, count.problems);
}

/**
 * What is to be scanned: the given paths, the executables of the given processes, this machine, a cluster.
 * @throws `cli.usage` when there is nothing, or for a process ID that is no number
 */
function placesOf(paths: readonly string[], options: Options): Places {
  const { pid = [], host = false, cluster = false, platform, plainHttp } = options;
  const { namespace, kubeconfig, context } = options;
  const wrong = pid.find((id) => !/^[1-9][0-9]*$/.test(id));
  if (wrong !== undefined) {
    throw new GofleetError('cli.usage', `--pid: expected the ID of a process, found "${wrong}"`);
  }
  if (paths.length + pid.length === 0 && !host && !cluster) {
    throw new GofleetError('cli.usage', 'scan: expected a path, --pid, --host or --cluster, found none');
  }
  return {
    paths: [...paths, ...pid.map((id) => `/proc/${id}/exe`)],
    host,
    ...(platform === undefined ? {} : { platform }),
    ...(plainHttp === undefined ? {} : { plainHttp }),
    ...(cluster
      ? {
          cluster: {
            ...(namespace === undefined ? {} : { namespace }),
            ...(kubeconfig === undefined ? {} : { kubeconfig }),
            ...(context === undefined ? {} : { context }),
          },
        }
      : {}),
  };
}

const isBill = (format: string): format is BillFormat => format === 'cyclonedx' || format === 'spdx';

interface Report {
  readonly text: string;
  readonly outcome: ScanOutcome<unknown>;
}

/** Scans, and draws what was found; what draws it is loaded only when it is asked for. */
async function report(places: Places, format: string, context: Context): Promise<Report> {
  if (isBill(format)) {
    const outcome = await scanPlaces(places, context, (binary) => binary);
    const { renderBill } = await import('../bom/render-bill.ts');
    return { text: await renderBill(outcome.binaries, format, context.signal), outcome };
  }
  const { renderScan, rowOf } = await import('../scan/render-scan.ts');
  const { signal, progress } = context;
  const outcome = await scanPlaces(places, { signal, progress, fingerprint: false }, rowOf);
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  return { text: renderScan(outcome.binaries, width), outcome };
}

async function scan(context: Context, given: string[], options: Options): Promise<number> {
  const places = placesOf(given, options);
  const format = options.jsonl ? 'jsonl' : (options.format ?? (context.json ? 'json' : 'table'));
  if (format === 'jsonl') return await printLines(places, context);
  if (format === 'json') return await printArray(places, context);
  const { text, outcome } = await report(places, format, context);
  context.progress.stop();
  process.stdout.write(`${text}\n`);
  for (const problem of outcome.problems) process.stderr.write(`${renderProblem(problem)}\n`);
  return exitCodeFor(outcome.binaries.length, outcome.problems.length);
}

/** Adds `gofleet scan`. */
export function register(program: Command): void {
  program
    .command('scan')
    .description('say what Go programs have inside: release, modules, settings, how they were built')
    .argument(
      '[place...]',
      'programs (ELF, Mach-O, PE, XCOFF, WebAssembly), directories of them, images in a registry (docker://REGISTRY/REPOSITORY:TAG) and, when named themselves, archives (tar, cpio, zip, wheel, deb, rpm, apk, npm; gzip, zstd, xz) and images as files (docker-archive, OCI layout)',
    )
    .addOption(new Option('--format <form>', 'how it is printed').choices(formats))
    .option('--jsonl', 'one line of JSON per program, as soon as it is read')
    .option('--pid <id...>', 'what runs: the executables of these processes, even if deleted since')
    .option('--host', 'what runs: the executables of all processes of this machine')
    .option('--cluster', 'what runs: in the containers of a cluster, read by its node plugins')
    .option('-n, --namespace <name>', 'with --cluster: only this namespace')
    .option('--kubeconfig <file>', 'with --cluster: which one (default: $KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'with --cluster: a context of that file other than the current one')
    .option('--platform <os/arch>', "of an image for several (default: linux on this machine's processor)")
    .option('--plain-http', 'talk to registries without TLS')
    .action(action(scan));
}
