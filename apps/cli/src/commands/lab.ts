import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCode } from '@gofleet/base/exit-code';
import type { LabState, LabStatus } from '@gofleet/lab/lab';
import { type KubernetesLine, kubernetesLines } from '@gofleet/lab/releases';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { action, type Context } from '../context.ts';
import { renderTable } from '../render-table.ts';

interface Named {
  readonly name: string;
}

/** Loaded only when a lab command runs: help and completion do not need it. */
const loadLab = () => import('@gofleet/lab/lab');

const nameOption = (): Option => new Option('--name <name>', 'which lab').default('lab');

/** Adds `gofleet lab` with its sub-commands. */
export function register(program: Command): void {
  const lab = program
    .command('lab')
    .description('a real Kubernetes cluster on this machine, in namespaces of its own')
    .enablePositionalOptions();
  registerUp(lab);
  registerDown(lab);
  registerStatus(lab);
  registerExec(lab);
  registerKubectl(lab);
  registerLoad(lab);
  registerLogs(lab);
  registerMatrix(lab);
}

function registerUp(lab: Command): void {
  const kubernetes = new Option('--kubernetes <line>', 'Kubernetes release')
    .choices(kubernetesLines)
    .default('1.36');
  lab
    .command('up')
    .description('start a lab (needs root); builds what it runs the first time, about 15 minutes')
    .addOption(nameOption())
    .addOption(kubernetes)
    .action(
      action(async (context: Context, options: Named & { kubernetes: KubernetesLine }) => {
        const { labUp } = await loadLab();
        const onProgress = context.progress.report.bind(context.progress);
        const state = await labUp({ ...options, onProgress, signal: context.signal });
        context.progress.stop();
        context.print(state, renderState);
        return exitCode.ok;
      }),
    );
}

function renderState(state: LabState): string {
  return [
    `lab ${state.name} runs Kubernetes ${state.kubernetes} at ${state.apiServer}`,
    `  export KUBECONFIG=${state.kubeconfig}`,
    `  gofleet lab kubectl --name ${state.name} get pods -A`,
    `  pods fetch Go modules from GOPROXY=${state.moduleMirror}`,
  ].join('\n');
}

function registerDown(lab: Command): void {
  lab
    .command('down')
    .description('end a lab and remove all of it')
    .addOption(nameOption())
    .option('--all', 'every lab of this machine')
    .action(
      action(async (context: Context, options: Named & { all?: boolean }) => {
        const { labDown, labList } = await loadLab();
        const names = options.all ? await labList() : [options.name];
        const downs: { name: string; cleaned: string[] }[] = [];
        for (const name of names) {
          context.progress.report({ step: `end lab ${name}` });
          downs.push({ name, ...(await labDown(name)) });
        }
        context.progress.stop();
        context.print(downs, (done) => done.map(renderDown).join('\n') || 'no lab to end');
        return exitCode.ok;
      }),
    );
}

function renderDown({ name, cleaned }: { name: string; cleaned: string[] }): string {
  if (cleaned.length === 0) return `lab ${name}: nothing was there`;
  const kinds = ['process', 'mount', 'cgroup', 'folder'].flatMap((kind) => {
    const count = cleaned.filter((line) => line.startsWith(`${kind} `)).length;
    return count === 0 ? [] : [`${kind}: ${count}`];
  });
  return `lab ${name}: removed (${kinds.join(', ')})`;
}

function registerStatus(lab: Command): void {
  lab
    .command('status')
    .description('how the labs of this machine are; ends with 1 when one is broken')
    .option('--name <name>', 'only this lab')
    .action(
      action(async (context: Context, options: Partial<Named>) => {
        const { labList, labStatus } = await loadLab();
        const names = options.name === undefined ? await labList() : [options.name];
        const found = await Promise.all(names.map((name) => labStatus(name)));
        context.print(found, renderStatus);
        return found.some(({ state }) => state === 'broken') ? exitCode.findings : exitCode.ok;
      }),
    );
}

function renderStatus(labs: LabStatus[]): string {
  if (labs.length === 0) return 'no lab on this machine: gofleet lab up';
  const rows = labs.map(({ name, state, reason, lab }) => [
    name,
    state,
    lab?.kubernetes ?? '',
    lab?.apiServer ?? '',
    reason ?? lab?.kubeconfig ?? '',
  ]);
  return renderTable(['LAB', 'STATE', 'KUBERNETES', 'API SERVER', 'KUBECONFIG'], rows);
}

function registerExec(lab: Command): void {
  lab
    .command('exec')
    .description("run a program in a lab's network, mounts and processes: gofleet lab exec -- CMD…")
    .addOption(nameOption())
    .argument('<command...>', 'the program and its arguments; ctr and kubectl are in PATH')
    .passThroughOptions()
    .action(
      action(async (context: Context, argv: string[], options: Named) => {
        const { labExec } = await loadLab();
        return runThrough(context, (stdio) => labExec(options.name, argv, { stdio, signal: context.signal }));
      }),
    );
}

function registerKubectl(lab: Command): void {
  lab
    .command('kubectl')
    .description("the lab's own kubectl, as administrator")
    .addOption(nameOption())
    .argument('[args...]', 'what kubectl takes')
    .allowUnknownOption()
    .passThroughOptions()
    .action(
      action(async (context: Context, argv: string[], options: Named) => {
        const { labKubectl } = await loadLab();
        return runThrough(context, (stdio) =>
          labKubectl(options.name, argv, { stdio, signal: context.signal }),
        );
      }),
    );
}

/** Lets a program talk for itself, or, with `--json`, answers what it said; its exit code is ours. */
async function runThrough(
  context: Context,
  run: (stdio: 'inherit' | 'capture') => Promise<{ code: number; stdout: string; stderr: string }>,
): Promise<number> {
  const result = await run(context.json ? 'capture' : 'inherit');
  if (context.json) context.print(result, () => '');
  return result.code;
}

function registerLoad(lab: Command): void {
  lab
    .command('load')
    .description('put images into a lab: docker-archive or OCI tars')
    .addOption(nameOption())
    .argument('<tar...>', 'image files')
    .action(
      action(async (context: Context, tars: string[], options: Named) => {
        const { labLoad } = await loadLab();
        const paths = tars.map((tar) => resolve(tar));
        for (const path of paths) {
          context.progress.report({ step: `load ${path}` });
          await labLoad(options.name, [path]);
        }
        context.progress.stop();
        context.print({ name: options.name, loaded: paths }, ({ loaded }) => `loaded ${loaded.join(' ')}`);
        return exitCode.ok;
      }),
    );
}

function registerLogs(lab: Command): void {
  lab
    .command('logs')
    .description('what a component of a lab says (kubelet, kube-apiserver, containerd, …)')
    .addOption(nameOption())
    .option('--tail <lines>', 'only the last lines', parseLines)
    .addArgument(new Argument('<component>', 'which component'))
    .action(
      action(async (context: Context, component: string, options: Named & { tail?: number }) => {
        const { labLogs } = await loadLab();
        const path = await labLogs(options.name, component);
        const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
        const text = lines.slice(-(options.tail ?? lines.length)).join('\n');
        context.print({ component, path, text }, (log) => log.text);
        return exitCode.ok;
      }),
    );
}

function parseLines(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of lines');
}

interface MatrixOptions {
  readonly kubernetes: readonly KubernetesLine[];
  readonly go: string;
  readonly output?: string;
}

/** `1.36,1.24` → those two. @throws InvalidArgumentError that names what there is */
function parseLineList(text: string): readonly KubernetesLine[] {
  return text.split(',').map((name) => {
    const line = kubernetesLines.find((each) => each === name.trim());
    if (line) return line;
    throw new InvalidArgumentError(`expected a list of ${kubernetesLines.join(', ')}, found "${name}"`);
  });
}

function registerMatrix(lab: Command): void {
  lab
    .command('matrix')
    .description(
      'the whole way on every release of Kubernetes: install, inject by each delivery, verify, roll back, build in a sandbox, uninstall; ends with 1 when a step fails',
    )
    .option('--kubernetes <lines>', 'only these, separated by commas', parseLineList, kubernetesLines)
    .option('--go <version>', 'the Go release to move to', '1.26.8')
    .option(
      '-o, --output <file>',
      'also write the table to a page of Markdown; its rows of other releases stay',
    )
    .action(
      action(async (context: Context, { kubernetes, go, output }: MatrixOptions) => {
        const { runMatrix } = await import('../matrix/run-matrix.ts');
        const rows = await runMatrix({ lines: kubernetes, goVersion: `go${go.replace(/^go/, '')}`, context });
        context.progress.stop();
        const { renderMatrix, renderMatrixPage } = await import('../matrix/render-matrix.ts');
        if (output !== undefined)
          await writeFile(output, renderMatrixPage(rows, await readFile(output, 'utf8').catch(() => '')));
        context.print(rows, renderMatrix);
        return rows.every(({ passed }) => passed) ? exitCode.ok : exitCode.findings;
      }),
    );
}
