import { GofleetError } from '@gofleet/base/errors';
import { parseSize } from '@gofleet/base/parse-size';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { hashFile, inspectFile } from '@gofleet/filesystem/inspect-file';
import { createKubeClient } from '@gofleet/kube/client';
import { listContainerExecutables } from '@gofleet/node/container-executables';
import { inspectContainer } from '@gofleet/node/inspect-container';
import { type MountProbe, probeMount } from '@gofleet/node/probe-mount';
import { runNode } from '@gofleet/node/run-node';
import { type Command, Option } from 'commander';
import { checked } from '../checked.ts';
import { action, type Context } from '../context.ts';
import { parsePort } from '../parse-port.ts';
import { parseSeconds } from '../parse-seconds.ts';
import { roleConnection } from '../role-connection.ts';
import { createRoleLog } from '../role-log.ts';
import { version } from '../version.ts';

interface Options {
  readonly nodeName?: string;
  readonly kubeletDir: string;
  readonly builderUrl: string;
  readonly healthPort: number;
  readonly storeMax: number;
  readonly recheckEvery: number;
  readonly kubeconfig?: string;
}

const executables = { inspectFile, hashFile };

function requireNodeName(command: Command): string {
  const name = command.optsWithGlobals<Options>().nodeName ?? process.env.NODE_NAME;
  if (name) return name;
  throw new GofleetError('node.usage', 'the node is not named: give --node-name, or set NODE_NAME');
}

function renderInspection(found: Awaited<ReturnType<typeof inspectContainer>>): string {
  const what = found.goVersion ?? `no Go program (${found.problem})`;
  return `${what}  ${found.path}  sha256:${found.sha256}  read from ${found.source}`;
}

function registerInspect(node: Command): void {
  node
    .command('inspect')
    .description('what the program of a container of this machine is, read from its process')
    .requiredOption('--container-id <id>', 'as containerStatuses[].containerID has it')
    .action(
      action(async (context, { containerId }: { containerId: string }, command: Command) => {
        const container = { containerId, node: requireNodeName(command) };
        context.print(await inspectContainer(container, executables), renderInspection);
        return undefined;
      }),
    );
}

function registerExecutables(node: Command): void {
  node
    .command('executables')
    .description('every Go program that runs in containers of this machine, a line of JSON each')
    .action(
      action(async () => {
        for await (const found of listContainerExecutables(executables))
          process.stdout.write(`${JSON.stringify(found)}\n`);
        return undefined;
      }),
    );
}

function renderProbe({ node, canExecute, problem }: MountProbe): string {
  return canExecute === true ? `${node} executes what is mounted` : `${node}: ${problem}`;
}

function registerProbe(node: Command): void {
  node
    .command('probe')
    .description('whether a program that is mounted as artefacts are can be executed on this machine')
    .action(
      action(async (context, _options: object, command: Command) => {
        const { kubeletDir } = command.optsWithGlobals<Options>();
        context.print(await probeMount({ node: requireNodeName(command), kubeletDir }), renderProbe);
        return undefined;
      }),
    );
}

async function run(context: Context, options: Options, command: Command): Promise<undefined> {
  const { kubeletDir, builderUrl, healthPort, storeMax, recheckEvery, kubeconfig } = options;
  const nodeName = requireNodeName(command);
  const client = createKubeClient(await roleConnection(kubeconfig));
  const log = createRoleLog('node', context);
  await runNode({
    ...{ client, nodeName, kubeletDir, healthPort, storeMaxBytes: storeMax, version, executables, log },
    recheckEveryMs: recheckEvery * 1000,
    builderUrl: builderUrl.replace(/\/$/, ''),
    createStore: (dir) =>
      createArtefactStore({ dir, onFinding: (finding) => log('warn', finding.message, { finding }) }),
    signal: context.signal,
  });
  await client.close();
  return undefined;
}

/** Adds `gofleet node`. */
export function register(program: Command): void {
  const node = program
    .command('node')
    .description(
      'role, run by the DaemonSet: mounts relinked executables (CSI) and reports which Go really runs',
    )
    .option('--node-name <name>', 'the node that this runs on; default: NODE_NAME')
    .option(
      '--kubelet-dir <dir>',
      "kubelet's folder, at the same path inside and outside",
      '/var/lib/kubelet',
    )
    .option('--builder-url <url>', 'where artefacts come from', 'http://gofleet-builder.gofleet-system.svc')
    .addOption(
      new Option(
        '--store-max <size>',
        'what the store of artefacts may take; what is mounted stays in any case',
      )
        .default(10 * 2 ** 30, '10GiB')
        .argParser(checked(parseSize)),
    )
    .addOption(
      new Option('--recheck-every <seconds>', 'how often everything in the store is read afresh')
        .default(24 * 3600, 'a day')
        .argParser(parseSeconds),
    )
    .option('--health-port <port>', 'answers /healthz and /readyz', parsePort, 8081)
    .option('--kubeconfig <file>', 'connect with this file instead of the service account')
    .action(action(run));
  registerInspect(node);
  registerExecutables(node);
  registerProbe(node);
}
