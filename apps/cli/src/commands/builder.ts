import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { runBuilder } from '@gofleet/builder/run-builder';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { executableFiles } from '@gofleet/filesystem/inspect-file';
import { createGoProxyClient } from '@gofleet/http/goproxy-client';
import { resolveGoVersion } from '@gofleet/http/resolve-go-version';
import { createKubeClient } from '@gofleet/kube/client';
import { type Command, InvalidArgumentError } from 'commander';
import { action, type Context } from '../context.ts';
import { findLocalGo } from '../local-go.ts';
import { parsePort } from '../parse-port.ts';
import { roleConnection } from '../role-connection.ts';
import { createRoleLog } from '../role-log.ts';

interface Options {
  readonly listenPort: number;
  readonly dir: string;
  readonly builds: number;
  readonly kubeconfig?: string;
}

function parseBuilds(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number from 1 to 99');
}

async function run(context: Context, { listenPort, dir, builds, kubeconfig }: Options): Promise<undefined> {
  const log = createRoleLog('builder', context);
  const client = createKubeClient(await roleConnection(kubeconfig));
  const go = await findLocalGo();
  const proxy = createGoProxyClient({ goproxy: go.goproxy });
  const platform = { os: 'linux', arch: process.arch === 'x64' ? 'amd64' : process.arch };
  await runBuilder({
    ...platform,
    ...{ client, listenPort, dir, log, concurrency: builds, signal: context.signal },
    store: createArtefactStore({
      dir: join(dir, 'store'),
      onFinding: (finding) => log('warn', finding.message, { finding }),
    }),
    files: executableFiles,
    go: { path: await realpath(go.path), goVersion: go.goVersion },
    moduleEnv: go.moduleEnv,
    resolve: (constraint, signal) => resolveGoVersion(constraint, { ...platform, client: proxy, signal }),
  });
  await client.close();
  return undefined;
}

/** Adds `gofleet builder`. */
export function register(program: Command): void {
  program
    .command('builder')
    .description(
      'role, run by a Deployment: relinks what GoRuntimes wish for, proves it, serves the artefacts',
    )
    .requiredOption('--dir <dir>', 'store and caches; keep it between runs')
    .option('--listen-port <port>', 'serves /artefacts/<sha256> and /healthz', parsePort, 8080)
    .option('--builds <n>', 'relinks at a time', parseBuilds, 1)
    .option('--kubeconfig <file>', 'connect with this file instead of the service account')
    .action(action(run));
}
