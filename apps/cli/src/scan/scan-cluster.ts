import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import type { ContainerExecutable } from '@gofleet/node/container-executables';
import { bareContainerId } from '@gofleet/node/container-id';
import { type ClusterOptions, withCluster } from '../cluster/connect.ts';
import { listNodePlugins, type NodePlugin, runInPlugin } from '../cluster/node-plugins.ts';
import { describe, type PodPlace, type Visit } from './scan-files.ts';
import type { ScanContext } from './visit-places.ts';

interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly state?: { readonly running?: unknown };
}

interface Pod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { name: string; image: string }[];
  };
  readonly status?: {
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

function placesIn({ metadata, spec, status }: Pod): [string, PodPlace][] {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return statuses.flatMap(({ name, image, imageID: imageId, containerID, state }): [string, PodPlace][] => {
    if (!containerID || state?.running === undefined) return [];
    const { namespace = '', name: pod } = metadata;
    const written = spec.containers.find((each) => each.name === name)?.image ?? image;
    const place = { namespace, name: pod, container: name, image: written, imageId };
    return [[bareContainerId(containerID), { ...place, node: spec.nodeName ?? '' }]];
  });
}

/** The running containers, by their bare IDs. */
async function listContainers(
  client: KubeClient,
  namespace: string | undefined,
): Promise<Map<string, PodPlace>> {
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const { items } = await client.list<Pod>(`/api/v1${scope}/pods`);
  return new Map(items.flatMap(placesIn));
}

function parseLines(text: string): ContainerExecutable[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ContainerExecutable);
}

function noPlugin(node: string, pods: number): GofleetError {
  return new GofleetError(
    'cli.no-node-plugin',
    `no node plugin runs on ${node}, where ${pods} containers are`,
    {
      facts: { node, containers: pods },
      retry: 'later',
      hint: 'install gofleet first (gofleet install), or wait until its node plugin is ready (gofleet status)',
    },
  );
}

function visitProgram({ facts, path, sha256, pids }: ContainerExecutable, pod: PodPlace, visit: Visit): void {
  const place = `${pod.namespace}/${pod.name}/${pod.container}!${path}`;
  visit({ ...describe(place, facts), sha256, pids, pod });
}

/** What is needed to look at one node. */
interface Survey {
  readonly client: KubeClient;
  /** By their bare IDs. */
  readonly containers: ReadonlyMap<string, PodPlace>;
  readonly plugins: ReadonlyMap<string, NodePlugin>;
  readonly signal: AbortSignal;
}

async function visitNode(node: string, survey: Survey, visit: Visit): Promise<void> {
  const { client, containers, plugins, signal } = survey;
  const plugin = plugins.get(node);
  try {
    if (!plugin) throw noPlugin(node, [...containers.values()].filter((each) => each.node === node).length);
    for (const found of parseLines(await runInPlugin(client, plugin, { argv: ['executables'], signal }))) {
      const pod = containers.get(found.containerId);
      if (pod) visitProgram(found, pod, visit);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    visit({ path: node, given: true, error: toGofleetError(thrown) });
  }
}

const nodesAtOnce = 8;

/**
 * Visits the Go programs that run in the containers of a cluster, read from their processes by the node plugins.
 * @throws what connecting and listing throw
 */
export async function visitCluster(
  { namespace, ...options }: ClusterOptions & { readonly namespace?: string },
  { signal, progress }: ScanContext,
  visit: Visit,
): Promise<void> {
  await withCluster(options, async (client) => {
    const containers = await listContainers(client, namespace);
    const survey = { client, containers, plugins: await listNodePlugins(client), signal };
    const nodes = [...new Set([...containers.values()].map(({ node }) => node))].sort();
    for (let done = 0; done < nodes.length; done += nodesAtOnce) {
      progress.report({ step: 'reading what runs', done, total: nodes.length, message: 'nodes' });
      const group = nodes.slice(done, done + nodesAtOnce);
      await Promise.all(group.map((node) => visitNode(node, survey, visit)));
    }
  });
}
