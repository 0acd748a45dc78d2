import { runWorker } from '@gofleet/builder/run-worker';
import { createKubeClient } from '@gofleet/kube/client';
import type { Command } from 'commander';
import { makeRelink, workerName } from '../builder/make-relink.ts';
import { action, type Context } from '../context.ts';
import { findLocalGo } from '../local-go.ts';
import { parseCount } from '../parse-count.ts';
import { parseSeconds } from '../parse-seconds.ts';
import { roleConnection } from '../role-connection.ts';
import { createRoleLog } from '../role-log.ts';

interface Options {
  readonly dir: string;
  readonly builderUrl: string;
  readonly builds: number;
  readonly idle: number;
  readonly lease: number;
  readonly kubeconfig?: string;
}

async function run(context: Context, options: Options): Promise<undefined> {
  const { dir, builderUrl, builds, idle, lease, kubeconfig } = options;
  const log = createRoleLog('worker', context);
  const client = createKubeClient(await roleConnection(kubeconfig));
  const { relink } = await makeRelink(dir, await findLocalGo(), log);
  await runWorker({
    ...{ client, relink, log, signal: context.signal, name: workerName, concurrency: builds },
    builderUrl: builderUrl.replace(/\/$/, ''),
    idleMs: idle * 1000,
    leaseSeconds: lease,
  });
  await client.close();
  return undefined;
}

/** Adds `gofleet worker`. */
export function register(program: Command): void {
  program
    .command('worker')
    .description('role, run by Jobs of the builder: takes GoBuilds, makes them, hands the artefacts in')
    .requiredOption('--dir <dir>', 'caches; several workers may share it')
    .option(
      '--builder-url <url>',
      'where artefacts are handed in',
      'http://gofleet-builder.gofleet-system.svc',
    )
    .option('--builds <n>', 'relinks at a time', parseCount(1, 99), 1)
    .option('--idle <seconds>', 'end when there was nothing to build for so long', parseSeconds, 20)
    .option('--lease <seconds>', 'unheard of for so long, its builds are taken over', parseSeconds, 30)
    .option('--kubeconfig <file>', 'connect with this file instead of the service account')
    .action(action(run));
}
