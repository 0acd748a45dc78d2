import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import { type KubernetesLine, kubernetesLines } from '@gofleet/lab/releases';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { action, type Context } from '../context.ts';
import type { DemoCluster } from '../demo/demo-cluster.ts';
import type { DemoResult } from '../demo/demo-result.ts';
import type { PreparedStage } from '../demo/prepare-stage.ts';
import type { LocalGo } from '../local-go.ts';
import { renderError } from '../render-error.ts';

interface Options {
  readonly go: string;
  readonly keep?: boolean;
  readonly name: string;
  readonly starts: number;
  readonly kubernetes: KubernetesLine;
  readonly kubeconfig?: string;
  readonly loadCommand?: string;
  readonly goproxy?: string;
  readonly yes?: boolean;
}

/** What the story found, before the cluster is taken down. */
type Played = Omit<DemoResult, 'tookMs' | 'cleanedUp'> & {
  /** Whether a cluster that stays is as it was. */
  readonly removed: boolean;
};

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0 && count <= 500) return count;
  throw new InvalidArgumentError('expected a whole number from 0 to 500');
}

/** Adds `gofleet demo`. */
export function register(program: Command): void {
  program
    .command('demo')
    .description(
      'the whole story on a real cluster: a published operator moves to another Go and back, its image untouched; ends with 1 when something is left behind',
    )
    .option('--go <version>', 'the Go release to move to', '1.26.8')
    .option('--keep', 'leave the cluster, the operator and gofleet running')
    .option('--name <name>', 'which lab', 'demo')
    .addOption(
      new Option('--kubernetes <line>', "the lab's release").choices(kubernetesLines).default('1.36'),
    )
    .option('--starts <count>', 'pods per variant of the start times', parseCount, 3)
    .option('--kubeconfig <file>', 'use this cluster instead of a lab; asks before it changes anything')
    .option(
      '--load-command <command>',
      'with --kubeconfig: what hands an image archive to the nodes, {} is its path',
    )
    .option('--goproxy <url>', "with --kubeconfig: GOPROXY as its pods reach it (default: this machine's)")
    .option('--yes', 'with --kubeconfig: do not ask')
    .action(action(run));
}

/** @throws `cli.usage` when nobody can be asked, `cli.declined` */
async function confirmCluster({ kubeconfig, yes }: Options, context: Context): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new GofleetError(
      'cli.usage',
      `the demo changes the cluster of ${kubeconfig}, and there is no terminal to ask on`,
      {
        hint: 'add --yes',
      },
    );
  }
  context.progress.stop();
  const { confirm, isCancel } = await import('@clack/prompts');
  const message = `Install gofleet and a RabbitMQ operator (namespaces gofleet-system, rabbitmq-system) into the cluster of ${kubeconfig}?`;
  const answer = await confirm({ message, output: process.stderr });
  if (answer !== true || isCancel(answer)) throw new GofleetError('cli.declined', 'nothing was changed');
}

async function chooseCluster(options: Options, go: LocalGo, context: Context): Promise<DemoCluster> {
  const { startLab, useKubeconfig } = await import('../demo/demo-cluster.ts');
  const { kubeconfig, kubernetes, loadCommand, name } = options;
  if (kubeconfig === undefined) {
    const { builderDir } = await import('../demo/prepare-stage.ts');
    return startLab({ name, kubernetes, builderHostPath: builderDir(), upstreams: go, ...context });
  }
  if (loadCommand === undefined) {
    throw new GofleetError(
      'cli.usage',
      '--kubeconfig needs --load-command: the nodes must get the images that the demo makes',
      {
        hint: 'for kind: --load-command "kind load image-archive {}"; for k3d: --load-command "k3d image import {}"',
      },
    );
  }
  await confirmCluster(options, context);
  const run = ([program = '', ...args]: readonly string[]): Promise<unknown> =>
    promisify(execFile)(program, args);
  const upstreams = { goproxy: options.goproxy ?? go.goproxy, gosumdb: go.gosumdb };
  return useKubeconfig({ kubeconfig, loadCommand, upstreams, run });
}

/** Takes out of a cluster that stays what the demo put in; what is left then is told, and the story is told all the same. */
async function takeOut(prepared: PreparedStage, context: Context): Promise<boolean> {
  try {
    await prepared.remove();
    return true;
  } catch (thrown) {
    renderError(toGofleetError(thrown), context);
    return false;
  }
}

async function playOn(
  cluster: DemoCluster,
  go: LocalGo,
  options: Options,
  context: Context,
): Promise<Played> {
  const [{ rabbitmqOperator: operator }, { prepareStage }, { runStory }] = await Promise.all([
    import('../demo/operator.ts'),
    import('../demo/prepare-stage.ts'),
    import('../demo/run-demo.ts'),
  ]);
  const goVersion = `go${options.go.replace(/^go/, '')}`;
  const { starts } = options;
  const prepared = await prepareStage({ cluster, operator, go, goVersion, starts, ui: context });
  let removed = true;
  const story = await runStory(prepared.stage).finally(async () => {
    if (!cluster.down && options.keep !== true) removed = await takeOut(prepared, context);
    await prepared.close();
  });
  return { cluster: cluster.title, operator: `${operator.title} ${operator.version}`, ...story, removed };
}

async function run(context: Context, options: Options): Promise<number> {
  const startedAt = performance.now();
  const { findLocalGo } = await import('../local-go.ts');
  const go = await findLocalGo();
  const cluster = await chooseCluster(options, go, context);
  let isDown = false;
  let played: Played;
  try {
    played = await playOn(cluster, go, options, context);
  } finally {
    if (options.keep !== true && cluster.down) {
      context.progress.report({ step: `taking ${cluster.title} down` });
      isDown = await cluster.down();
    }
  }
  context.progress.stop();
  const { removed, ...story } = played;
  const { renderDemo } = await import('../demo/render-demo.ts');
  const tookMs = Math.round(performance.now() - startedAt);
  const cleanedUp = options.keep !== true && (cluster.down ? isDown : removed);
  context.print<DemoResult>({ ...story, tookMs, cleanedUp }, renderDemo);
  return cleanedUp || options.keep ? exitCode.ok : exitCode.findings;
}
