import { hashFile, inspectFile } from '@gofleet/filesystem/inspect-file';
import { createKubeClient } from '@gofleet/kube/client';
import { runNode } from '@gofleet/node/run-node';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { parsePort } from '../parse-port.ts';
import { roleConnection } from '../role-connection.ts';
import { createRoleLog } from '../role-log.ts';
import { version } from '../version.ts';

interface Options {
  readonly nodeName: string;
  readonly kubeletDir: string;
  readonly builderUrl: string;
  readonly healthPort: number;
  readonly kubeconfig?: string;
}

/** Adds `gofleet node`. */
export function register(program: Command): void {
  program
    .command('node')
    .description(
      'role, run by the DaemonSet: mounts relinked executables (CSI) and reports which Go really runs',
    )
    .requiredOption('--node-name <name>', 'the node that this runs on')
    .option(
      '--kubelet-dir <dir>',
      "kubelet's folder, at the same path inside and outside",
      '/var/lib/kubelet',
    )
    .option('--builder-url <url>', 'where artefacts come from', 'http://gofleet-builder.gofleet-system.svc')
    .option('--health-port <port>', 'answers /healthz and /readyz', parsePort, 8081)
    .option('--kubeconfig <file>', 'connect with this file instead of the service account')
    .action(
      action(async (context, { kubeconfig, builderUrl, ...options }: Options) => {
        const client = createKubeClient(await roleConnection(kubeconfig));
        await runNode({
          ...options,
          builderUrl: builderUrl.replace(/\/$/, ''),
          client,
          version,
          executables: { inspectFile, hashFile },
          log: createRoleLog('node', context),
          signal: context.signal,
        });
        await client.close();
        return undefined;
      }),
    );
}
