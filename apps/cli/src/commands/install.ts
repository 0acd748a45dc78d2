import { GofleetError } from '@gofleet/base/errors';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { InstallOptions } from '@gofleet/inject/manifest';
import { renderManifests } from '@gofleet/inject/manifests';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { putSigningKey, readKeyText } from '../cluster/put-signing-key.ts';
import { type RoleState, waitReady } from '../cluster/wait-ready.ts';
import { action, type Context } from '../context.ts';
import { defaultImage } from '../image/default-image.ts';
import { parseCount } from '../parse-count.ts';
import { parseSeconds } from '../parse-seconds.ts';
import { renderTable } from '../render-table.ts';

interface Options extends ClusterOptions, InstallOptions {
  readonly print?: boolean;
  readonly signingKey?: string;
  readonly timeout: number;
}

function renderRoles(roles: readonly RoleState[]): string {
  return renderTable(
    ['ROLE', 'READY'],
    roles.map(({ role, ready, desired }) => [role, `${ready}/${desired}`]),
  );
}

function print(context: Context, options: Options): void {
  const { namespace, signingSecret, signingKeyName } = inCluster;
  if (options.signingKey !== undefined) {
    throw new GofleetError('cli.usage', '--print prints no key: leave --signing-key out', {
      hint: `once it is applied: kubectl -n ${namespace} create secret generic ${signingSecret} --from-file=${signingKeyName}=FILE --dry-run=client -o yaml | kubectl replace -f -`,
    });
  }
  const items = renderManifests(options);
  context.print({ apiVersion: 'v1', kind: 'List', items }, (list) =>
    list.items
      .map((each) => stringify(each))
      .join('---\n')
      .trimEnd(),
  );
}

async function install(context: Context, options: Options): Promise<void> {
  // First: a key that does not sign is no reason to find out after the rest.
  const key = options.signingKey === undefined ? undefined : await readKeyText(options.signingKey);
  const manifests = renderManifests(options);
  await withCluster(options, async (client) => {
    if (key !== undefined) await putSigningKey(client, manifests, key);
    await applyManifests(client, manifests, context);
    const roles = await waitReady(client, context, options.timeout * 1000);
    context.progress.stop();
    context.print({ image: options.image, roles }, (result) => renderRoles(result.roles));
  });
}

/** Adds `gofleet install`. */
export function register(program: Command): void {
  const command = program
    .command('install')
    .description(
      'put gofleet into a cluster: CRD, controller, builder and node plugin; again to change settings',
    )
    .option('--image <reference>', 'what all roles run from', defaultImage)
    .option('--goproxy <url>', 'GOPROXY of the builder, as pods reach it')
    .option('--gosumdb <value>', 'GOSUMDB of the builder')
    .option('--gonosumdb <patterns>', 'modules of your own, which no checksum database knows: example.com/*')
    .option('--builder-host-path <dir>', "keep the builder's caches in this folder of its node")
    .option('--worker-pods <n>', 'relink in up to n pods; with 0 the builder does it', parseCount(0, 999), 0)
    .option('--push <repository>', 'publish artefacts there too: docker://REGISTRY/REPOSITORY')
    .option(
      '--push-secret <name>',
      'dockerconfigjson Secret of gofleet-system: who pushes; with a key ca.crt, whom to trust',
    )
    .option(
      '--signing-key <file>',
      'private key (PEM) that signs attestations from now on; without one the builder makes a key where there is none',
    )
    .option('--node-store-max <size>', 'what the artefacts on a node may take: 10GiB')
    .option('--kubelet-dir <dir>', "kubelet's folder on the nodes", '/var/lib/kubelet')
    .option('--read-logs', 'let the controller read the logs of pods, for gates that count errors in them')
    .option('--print', 'print the manifests instead of applying them')
    .option('--timeout <seconds>', 'how long to wait for the pods', parseSeconds, 300);
  withClusterOptions(command).action(
    action(async (context, options: Options) => {
      if (options.print) print(context, options);
      else await install(context, options);
      return undefined;
    }),
  );
}
