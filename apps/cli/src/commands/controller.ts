import { runController } from '@gofleet/controller/run-controller';
import { inCluster } from '@gofleet/inject/in-cluster';
import { createKubeClient } from '@gofleet/kube/client';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { defaultImage } from '../image/default-image.ts';
import { parsePort } from '../parse-port.ts';
import { roleConnection } from '../role-connection.ts';
import { createRoleLog } from '../role-log.ts';

interface Options {
  readonly listenPort: number;
  readonly healthPort: number;
  readonly namespace: string;
  readonly image: string;
  readonly kubeconfig?: string;
}

/** Adds `gofleet controller`. */
export function register(program: Command): void {
  program
    .command('controller')
    .description(
      'role, run by the Deployment: injects pods (webhook) and makes the cluster what GoRuntimes wish',
    )
    .option('--listen-port <port>', "the webhook's port", parsePort, 9443)
    .option('--health-port <port>', 'answers /healthz, /readyz and /metrics', parsePort, 8081)
    .option('--namespace <name>', "gofleet's own namespace", inCluster.namespace)
    .option('--image <reference>', "gofleet's own image, which sandboxes run", defaultImage)
    .option('--kubeconfig <file>', 'connect with this file instead of the service account')
    .action(
      action(async (context, { kubeconfig, ...options }: Options) => {
        const client = createKubeClient(await roleConnection(kubeconfig));
        const log = createRoleLog('controller', context);
        await runController({ ...options, client, log, signal: context.signal });
        await client.close();
        return undefined;
      }),
    );
}
