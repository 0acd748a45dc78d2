import { exitCode } from '@gofleet/base/exit-code';
import { type Command, Option } from 'commander';
import type { ClusterOptions } from '../cluster/connect.ts';
import { withClusterOptions } from '../cluster/connect.ts';
import { action, type Context } from '../context.ts';
import { findGoRuntimes, type KnownWishes } from '../inject/find-go-runtimes.ts';
import { type InjectedManifests, injectManifests } from '../inject/inject-manifests.ts';
import { noPods } from '../inject/no-pods.ts';
import { parseGoRuntimes } from '../inject/parse-go-runtimes.ts';
import { readManifests } from '../inject/read-manifests.ts';
import { renderInjection } from '../inject/render-injection.ts';

const outputs = ['yaml', 'json', 'patch'] as const;

interface Options extends ClusterOptions {
  readonly filename: readonly string[];
  readonly runtime?: readonly string[];
  readonly cluster?: boolean;
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly output: (typeof outputs)[number];
}

function render({ objects, documents }: InjectedManifests, output: Options['output']): string {
  if (output === 'yaml')
    return documents.map((document) => document.toString({ lineWidth: 0 }).trimEnd()).join('\n---\n');
  if (output === 'patch') {
    const patches = objects.map(({ kind, namespace, name, patch }) => ({ kind, namespace, name, patch }));
    return JSON.stringify(patches, null, 2);
  }
  const items = documents.map((document): unknown => document.toJS());
  return JSON.stringify(items.length === 1 ? items[0] : { apiVersion: 'v1', kind: 'List', items }, null, 2);
}

async function injectFiles(options: Options): Promise<InjectedManifests> {
  const { filename, runtime = [], cluster = false } = options;
  const documents = await readManifests(filename);
  const wishes = await readManifests(runtime);
  const ofCluster: KnownWishes = cluster ? await findGoRuntimes(options) : { runtimes: [] };
  const namespace = options.namespace ?? ofCluster.namespace ?? 'default';
  const given = parseGoRuntimes([...documents, ...wishes], namespace);
  const injected = injectManifests({
    documents,
    namespace,
    runtimes: [...given, ...ofCluster.runtimes],
    ...(ofCluster.nodes === undefined ? {} : { nodes: ofCluster.nodes }),
  });
  if (injected.objects.length === 0) throw noPods(filename);
  return injected;
}

async function run(context: Context, options: Options): Promise<number> {
  const injected = await injectFiles(options);
  const { objects } = injected;
  context.progress.stop();
  if (context.json || options.dryRun)
    context.print({ objects }, () => renderInjection(objects, process.stdout));
  else {
    process.stderr.write(`${renderInjection(objects, process.stderr)}\n`);
    process.stdout.write(`${render(injected, options.output)}\n`);
  }
  const isRefused = objects.some(({ containers }) => containers.some(({ outcome }) => outcome === 'refused'));
  return isRefused ? exitCode.findings : exitCode.ok;
}

/** Adds `gofleet inject`. */
export function register(program: Command): void {
  const command = program
    .command('inject')
    .description(
      'what the webhook would do to the pods of manifests, without a cluster; exits with 1 when a wish cannot be met',
    )
    .requiredOption(
      '-f, --filename <file...>',
      'manifests, "-" for standard input; GoRuntimes among them count',
    )
    .option('--runtime <file...>', 'GoRuntimes with their status: kubectl get goruntimes -A -o yaml')
    .option('--cluster', 'take the GoRuntimes and the nodes of the cluster')
    .option('-n, --namespace <name>', 'of manifests that name none (default: the context\'s, else "default")')
    .option('--dry-run', 'only tell, per container, what is injected and why')
    .addOption(
      new Option('-o, --output <form>', 'how the result is printed').choices(outputs).default('yaml'),
    );
  withClusterOptions(command).action(action(run));
}
