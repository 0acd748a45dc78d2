import { homedir } from 'node:os';
import { join } from 'node:path';
import { openClusterKey } from '@gofleet/builder/cluster-key';
import { runBuilder } from '@gofleet/builder/run-builder';
import { createAttestationStore } from '@gofleet/filesystem/attestation-store';
import { executableFiles } from '@gofleet/filesystem/inspect-file';
import { createGoProxyClient } from '@gofleet/http/goproxy-client';
import { resolveGoVersion } from '@gofleet/http/resolve-go-version';
import { createKubeClient } from '@gofleet/kube/client';
import type { Command } from 'commander';
import { readPodShim } from '../builder/compile-pod-shim.ts';
import { fetchToolchainInto, lookUpDigests } from '../builder/fetch-toolchain.ts';
import { libraryImages } from '../builder/library-images.ts';
import { buildPlatform, makeRelink, workerName } from '../builder/make-relink.ts';
import { pushToRegistry } from '../builder/push-to-registry.ts';
import { action, type Context } from '../context.ts';
import { findLocalGo } from '../local-go.ts';
import { parseCount } from '../parse-count.ts';
import { parsePort } from '../parse-port.ts';
import { parseSeconds } from '../parse-seconds.ts';
import { roleConnection } from '../role-connection.ts';
import { createRoleLog } from '../role-log.ts';
import { version } from '../version.ts';

interface Options {
  readonly listenPort: number;
  readonly dir: string;
  readonly builds: number;
  readonly workerPods: number;
  readonly keepUnwanted: number;
  readonly push?: string;
  readonly lease: number;
  readonly kubeconfig?: string;
}

async function run(context: Context, options: Options): Promise<undefined> {
  const { listenPort, dir, builds, workerPods, keepUnwanted, push, lease, kubeconfig } = options;
  const { signal } = context;
  const dockerConfig = process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
  const log = createRoleLog('builder', context);
  const client = createKubeClient(await roleConnection(kubeconfig));
  const go = await findLocalGo();
  const proxy = createGoProxyClient({ goproxy: go.goproxy });
  const { store, relink } = await makeRelink(dir, go, log);
  await runBuilder({
    ...{ client, listenPort, log, signal, workerPods, name: workerName, concurrency: builds },
    ...{ store, relink, readShim: readPodShim },
    attestations: createAttestationStore(join(dir, 'store')),
    signer: {
      files: executableFiles,
      identity: { id: 'https://gofleet.dev/builder/cluster', version },
      openKey: () => openClusterKey(client),
    },
    fetchToolchain: fetchToolchainInto(store, join(dir, 'work'), signal),
    libraries: libraryImages({ store, dir: join(dir, 'work'), dockerConfig, signal }),
    ...(push === undefined ? {} : { push: pushToRegistry(push, { dockerConfig, signal }) }),
    digestsOf: lookUpDigests(signal),
    leaseSeconds: lease,
    retentionMs: keepUnwanted * 1000,
    resolve: (constraint, ending) =>
      resolveGoVersion(constraint, { ...buildPlatform, client: proxy, signal: ending }),
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
    .option(
      '--builds <n>',
      'relinks at a time in this process; 0: workers run elsewhere',
      parseCount(0, 99),
      1,
    )
    .option('--worker-pods <n>', 'relink in up to n pods of their own instead', parseCount(0, 999), 0)
    .option('--keep-unwanted <seconds>', 'keep GoBuilds that no wish needs', parseSeconds, 86_400)
    .option('--push <repository>', 'publish artefacts there too: docker://REGISTRY/REPOSITORY')
    .option('--lease <seconds>', 'unheard of for so long, its builds are taken over', parseSeconds, 30)
    .option('--kubeconfig <file>', 'connect with this file instead of the service account')
    .action(action(run));
}
