import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';
import type { Command } from 'commander';

/** The options that name a cluster. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Adds `--kubeconfig` and `--context` to a command. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'the cluster to talk to (default: $KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'a context of that file other than the current one');
}

/**
 * Runs something with a client of the chosen cluster, and closes it.
 * @throws `kube.no-kubeconfig` and the other codes of `kubeconfigConnection`
 */
export async function withCluster<T>(
  { kubeconfig, context }: ClusterOptions,
  run: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const [first] = (process.env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  const path = kubeconfig ?? first ?? join(homedir(), '.kube', 'config');
  const connection = await kubeconfigConnection({ path, ...(context === undefined ? {} : { context }) });
  const client = createKubeClient(connection);
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}
