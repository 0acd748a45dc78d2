import type { Command } from 'commander';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { checkNothingMounted, deleteRuntimes, removeManifests } from '../cluster/leave-cluster.ts';
import { action } from '../context.ts';
import { parseSeconds } from '../parse-seconds.ts';

interface Options extends ClusterOptions {
  readonly timeout: number;
  readonly force?: boolean;
}

/** Adds `gofleet uninstall`. */
export function register(program: Command): void {
  const command = program
    .command('uninstall')
    .description('bring every pod back to its original, then remove every trace of gofleet from a cluster')
    .option('--timeout <seconds>', 'how long to wait for pods to be restored', parseSeconds, 600)
    .option('--force', 'do not wait for pods to be restored');
  withClusterOptions(command).action(
    action(async (context, options: Options) => {
      await withCluster(options, async (client) => {
        const leaving = { client, context, timeoutMs: options.timeout * 1000, force: options.force ?? false };
        const restored = await deleteRuntimes(leaving);
        await checkNothingMounted(leaving);
        const removed = await removeManifests(leaving);
        context.progress.stop();
        context.print(
          { restored, removed },
          () => `restored ${restored} GoRuntimes, removed ${removed} objects`,
        );
      });
      return undefined;
    }),
  );
}
