import { isUsable } from '../releases/release-fact.ts';
import { releaseFacts } from '../releases/release-facts.ts';
import type { DeliverableNode } from './deliverable-node.ts';

/** What was found out about a node. */
export interface NodeFacts {
  readonly name: string;
  /** The pool that its provider or operator put it into. */
  readonly pool: string;
  readonly os: string;
  readonly arch: string;
  readonly kernel: string;
  /** As the node reports it: `v1.36.3`. */
  readonly kubelet: string;
  /** `containerd://2.1.4`. */
  readonly runtime: string;
  /** What the node itself says that it can; from Kubernetes 1.36 on. */
  readonly declaredFeatures: readonly string[];
  readonly isReady: boolean;
  /** Whether our node plugin runs there and answered. */
  readonly plugin: 'answers' | 'silent' | 'absent';
  /** Whether a file that the plugin mounts can be executed; `unknown` without an answer. */
  readonly canExecute: boolean | 'unknown';
  /** Why it is silent or cannot execute. */
  readonly problem?: string;
}

/** How executables reach the pods of a pool: the best that every eligible node of it supports. */
export interface PoolDelivery {
  readonly pool: string;
  readonly nodes: readonly string[];
  readonly delivery: 'csi' | 'image' | 'copy' | 'none' | 'unknown';
  /** In words, with the nodes that decide. */
  readonly reason: string;
  /** Whether its nodes have image volumes by their versions. */
  readonly imageVolumes: boolean;
}

/** The minor of a Kubernetes 1.x version, `v1.36.3-gke.1`; `undefined` when it is none. */
export function parseKubeletMinor(version: string): number | undefined {
  const minor = /^v?1\.(\d{1,3})\b/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

function parseRuntime(runtime: string): { readonly name: string; readonly version: number } {
  const [, name = '', major, minor] = /^([a-z-]+):\/\/v?(\d+)\.(\d+)/.exec(runtime) ?? [];
  return { name, version: Number(major) * 1000 + Number(minor) };
}

const imageVolume = releaseFacts.find(({ id }) => id === 'ImageVolume');

/**
 * Whether a node has image volumes by the versions of its kubelet and runtime.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/
 */
export function hasImageVolumes({ kubelet, runtime }: Pick<NodeFacts, 'kubelet' | 'runtime'>): boolean {
  const minor = parseKubeletMinor(kubelet);
  const { name, version } = parseRuntime(runtime);
  const isSupported = (name === 'containerd' && version >= 2001) || (name === 'cri-o' && version >= 1031);
  return isSupported && imageVolume !== undefined && minor !== undefined && isUsable(imageVolume, minor);
}

/** What decides the deliveries of a node that was asked. */
export function deliverableOf(node: NodeFacts & Pick<DeliverableNode, 'labels' | 'taints'>): DeliverableNode {
  const { name, os, arch, labels, taints = [], plugin, canExecute, problem } = node;
  return {
    ...{ name, os, arch, labels, taints, hasPlugin: plugin !== 'absent' },
    imageVolumes: hasImageVolumes(node),
    ...(canExecute === false ? { noexec: problem ?? 'mounts are noexec' } : {}),
  };
}

const few = (nodes: readonly NodeFacts[]): string => {
  const names = nodes.slice(0, 3).map(({ name }) => name);
  return nodes.length > 3 ? `${names.join(', ')} and ${nodes.length - 3} more` : names.join(', ');
};

/** The best of those that need no plugin. */
function withoutPlugin(linux: readonly NodeFacts[], hasRegistry: boolean, problem: string): Decision {
  if (!hasRegistry) return { delivery: 'none', reason: `${problem}; the others need install --push` };
  const delivery = linux.every(hasImageVolumes) ? 'image' : 'copy';
  const words = delivery === 'image' ? 'image volumes, and copies where the command is not known' : 'copies';
  return { delivery, reason: `${problem}; pods get ${words} from the registry` };
}

type Decision = Pick<PoolDelivery, 'delivery' | 'reason'>;

function decide(linux: readonly NodeFacts[], hasRegistry: boolean): Decision {
  if (linux.length === 0) return { delivery: 'none', reason: 'it has no Linux node' };
  const absent = linux.filter(({ plugin }) => plugin === 'absent');
  if (absent.length > 0) return withoutPlugin(linux, hasRegistry, `no node plugin runs on ${few(absent)}`);
  const refusing = linux.filter(({ canExecute }) => canExecute === false);
  if (refusing.length > 0)
    return withoutPlugin(
      linux,
      hasRegistry,
      `${few(refusing)}: ${refusing[0]?.problem ?? 'mounts are noexec'}`,
    );
  const silent = linux.filter(({ canExecute }) => canExecute === 'unknown');
  if (silent.length > 0)
    return { delivery: 'unknown', reason: `${few(silent)}: ${silent[0]?.problem ?? 'no answer'}` };
  return { delivery: 'csi', reason: 'the node plugin mounted and executed a program on every node' };
}

/**
 * The delivery of each pool, in the order of their names.
 * @param hasRegistry - whether artefacts are pushed to a registry
 */
export function planDeliveries(nodes: readonly NodeFacts[], hasRegistry: boolean): readonly PoolDelivery[] {
  const pools = [...Map.groupBy(nodes, ({ pool }) => pool)].sort(([a], [b]) => (a < b ? -1 : 1));
  return pools.map(([pool, members]) => {
    const linux = members.filter(({ os }) => os === 'linux');
    return {
      pool,
      nodes: members.map(({ name }) => name),
      ...decide(linux, hasRegistry),
      imageVolumes: linux.length > 0 && linux.every(hasImageVolumes),
    };
  });
}
