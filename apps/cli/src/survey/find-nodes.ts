import { isGofleetError } from '@gofleet/base/errors';
import type { DeliverableNode, Taint } from '@gofleet/inject/deliverable-node';
import { deliverableOf, type NodeFacts } from '@gofleet/inject/plan-delivery';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import type { MountProbe } from '@gofleet/node/probe-mount';
import { listNodePlugins, type NodePlugin, runInPlugin } from '../cluster/node-plugins.ts';
import type { Context } from '../context.ts';

interface Node extends KubeObject {
  readonly spec?: { readonly taints?: readonly Taint[] };
  readonly status?: {
    readonly nodeInfo?: Readonly<Record<string, string>>;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly declaredFeatures?: readonly string[];
  };
}

/** By which labels providers and operators name the pools of nodes. */
const poolLabels = [
  'cloud.google.com/gke-nodepool',
  'eks.amazonaws.com/nodegroup',
  'kubernetes.azure.com/agentpool',
  'karpenter.sh/nodepool',
  'kops.k8s.io/instancegroup',
  'node-pool',
] as const;

function poolOf(labels: Readonly<Record<string, string>> = {}): string {
  return poolLabels.map((name) => labels[name]).find((value) => value !== undefined) ?? 'default';
}

/** A node with its labels and taints. */
export type FoundNode = NodeFacts & Pick<DeliverableNode, 'labels' | 'taints'>;

function factsOf({ metadata, spec, status }: Node): Omit<FoundNode, 'plugin' | 'canExecute'> {
  const { nodeInfo = {}, conditions = [], declaredFeatures = [] } = status ?? {};
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: spec?.taints ?? [],
    pool: poolOf(metadata.labels),
    os: nodeInfo.operatingSystem ?? 'unknown',
    arch: nodeInfo.architecture ?? 'unknown',
    kernel: nodeInfo.kernelVersion ?? 'unknown',
    kubelet: nodeInfo.kubeletVersion ?? 'unknown',
    runtime: nodeInfo.containerRuntimeVersion ?? 'unknown',
    declaredFeatures,
    isReady: conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  };
}

const probeTimeoutMs = 20_000;

type Answer = Pick<NodeFacts, 'plugin' | 'canExecute' | 'problem'>;

async function ask(client: KubeClient, plugin: NodePlugin | undefined, signal: AbortSignal): Promise<Answer> {
  if (!plugin) return { plugin: 'absent', canExecute: 'unknown' };
  const { node, kubeletDir } = plugin;
  const folder = kubeletDir === undefined ? [] : ['--kubelet-dir', kubeletDir];
  const argv = ['probe', '--node-name', node, ...folder, '--json'];
  try {
    const said = await runInPlugin(client, plugin, { argv, signal, timeoutMs: probeTimeoutMs });
    const { canExecute, problem } = JSON.parse(said) as MountProbe;
    return { plugin: 'answers', canExecute, ...(problem === undefined ? {} : { problem }) };
  } catch (thrown) {
    signal.throwIfAborted();
    if (!isGofleetError(thrown) && !(thrown instanceof SyntaxError)) throw thrown;
    return { plugin: 'silent', canExecute: 'unknown', problem: thrown.message.slice(0, 300) };
  }
}

/** The nodes as the webhook knows them: their plugins are listed, and not asked. */
export async function findDeliverableNodes(client: KubeClient): Promise<readonly DeliverableNode[]> {
  const [{ items }, plugins] = await Promise.all([
    client.list<Node>('/api/v1/nodes'),
    listNodePlugins(client),
  ]);
  return items.map((node) => {
    const plugin = plugins.has(node.metadata.name) ? 'answers' : 'absent';
    return deliverableOf({ ...factsOf(node), plugin, canExecute: 'unknown' });
  });
}

const nodesAtOnce = 8;

/** The nodes of a cluster, each asked through its node plugin whether it executes what is mounted. */
export async function findNodes(
  client: KubeClient,
  { progress, signal }: Pick<Context, 'progress' | 'signal'>,
): Promise<readonly FoundNode[]> {
  const [{ items }, plugins] = await Promise.all([
    client.list<Node>('/api/v1/nodes'),
    listNodePlugins(client),
  ]);
  const found: FoundNode[] = [];
  for (let done = 0; done < items.length; done += nodesAtOnce) {
    progress.report({ step: 'asking the nodes', done, total: items.length });
    const group = items.slice(done, done + nodesAtOnce);
    const answers = group.map(async (node) => ({
      ...factsOf(node),
      ...(await ask(client, plugins.get(node.metadata.name), signal)),
    }));
    found.push(...(await Promise.all(answers)));
  }
  return found;
}
