import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import { checkPreflight, type PreflightResult } from '@gofleet/inject/preflight';
import type { CheckedObject } from '@gofleet/inject/preflight-input';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import type { Command } from 'commander';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { action, type Context } from '../context.ts';
import { noPods } from '../inject/no-pods.ts';
import { parseGoRuntimes } from '../inject/parse-go-runtimes.ts';
import { readManifests } from '../inject/read-manifests.ts';
import { findClusterFacts } from '../preflight/find-cluster-facts.ts';
import { findObject, listObjects, toCheckedObjects } from '../preflight/find-objects.ts';
import { renderPreflight } from '../preflight/render-preflight.ts';
import { findNodes } from '../survey/find-nodes.ts';

interface Options extends ClusterOptions {
  readonly namespace?: string;
  readonly filename?: readonly string[];
  readonly runtime?: readonly string[];
  readonly cluster?: boolean;
}

/** What is known before any cluster is asked. */
interface Known {
  readonly objects: readonly CheckedObject[];
  readonly runtimes: readonly GoRuntime[];
}

const byNamespace = (
  objects: readonly CheckedObject[],
): readonly (readonly [string, readonly CheckedObject[]])[] => [
  ...Map.groupBy(objects, ({ namespace }) => namespace),
];

const inNamespace = (runtimes: readonly GoRuntime[], namespace: string): readonly GoRuntime[] =>
  runtimes.filter(({ metadata }) => metadata.namespace === namespace);

async function readKnown({ filename = [], runtime = [] }: Options, namespace: string): Promise<Known> {
  const documents = await readManifests(filename);
  const objects = documents.flatMap(({ value }) => toCheckedObjects(value, namespace));
  const runtimes = parseGoRuntimes([...documents, ...(await readManifests(runtime))], namespace);
  if (filename.length > 0 && objects.length === 0) throw noPods(filename);
  return { objects, runtimes };
}

async function findAsked(client: KubeClient, namespace: string, asked: readonly string[]) {
  if (asked.length === 0) return await listObjects(client, namespace);
  return (await Promise.all(asked.map((each) => findObject(client, namespace, each)))).flat();
}

/** Checks against a cluster: its objects, or those of the manifests. */
async function checkOnline(
  context: Context,
  asked: readonly string[],
  { options, client }: { readonly options: Options; readonly client: KubeClient },
): Promise<readonly PreflightResult[]> {
  const { group, version, plural } = goRuntimeApi;
  const namespace = options.namespace ?? client.connection.namespace ?? 'default';
  const known = await readKnown(options, namespace);
  const isWhole = known.objects.length === 0 && asked.length === 0;
  const [listed, nodes, found] = await Promise.all([
    unlessGone(client.list<GoRuntime & KubeObject>(`/apis/${group}/${version}/${plural}`)),
    findNodes(client, context),
    known.objects.length > 0 ? known.objects : findAsked(client, namespace, asked),
  ]);
  const runtimes = [...known.runtimes, ...(listed?.items ?? [])];
  const groups = found.length === 0 ? [[namespace, []] as const] : byNamespace(found);
  return await Promise.all(
    groups.map(async ([name, objects]) =>
      checkPreflight({
        ...{ namespace: name, objects, isWhole, runtimes: inNamespace(runtimes, name) },
        cluster: await findClusterFacts(client, name, nodes),
      }),
    ),
  );
}

async function checkOffline(options: Options): Promise<readonly PreflightResult[]> {
  const { objects, runtimes } = await readKnown(options, options.namespace ?? 'default');
  return byNamespace(objects).map(([namespace, members]) =>
    checkPreflight({
      namespace,
      objects: members,
      isWhole: false,
      runtimes: inNamespace(runtimes, namespace),
    }),
  );
}

async function run(context: Context, asked: readonly string[], options: Options): Promise<number> {
  const isOffline = options.filename !== undefined && !options.cluster;
  if (options.filename !== undefined && asked.length > 0)
    throw new GofleetError('cli.usage', 'give either names of objects or -f FILE, found both');
  const results = isOffline
    ? await checkOffline(options)
    : await withCluster(options, (client) => checkOnline(context, asked, { options, client }));
  context.progress.stop();
  context.print({ namespaces: results }, ({ namespaces }) => renderPreflight(namespaces));
  const all = results.flatMap(({ findings, objects }) => [
    ...findings,
    ...objects.flatMap((each) => each.findings),
  ]);
  return all.some(({ severity }) => severity !== 'info') ? exitCode.findings : exitCode.ok;
}

/** Adds `gofleet preflight`. */
export function register(program: Command): void {
  const command = program
    .command('preflight')
    .description(
      'what stands between a wish and the pods that should have it, each with the line that fixes it; exits with 1 when something does',
    )
    .argument('[object...]', 'deploy/NAME, pod/NAME …; everything in the namespace when absent')
    .option('-n, --namespace <name>', 'where (default: the context\'s, else "default")')
    .option('-f, --filename <file...>', 'check manifests instead, "-" for standard input')
    .option('--runtime <file...>', 'with -f: GoRuntimes with their status')
    .option('--cluster', 'with -f: against the GoRuntimes, nodes and namespaces of a cluster');
  withClusterOptions(command).action(action(run));
}
