import { artefactName } from '@gofleet/build/publish';
import type { Choice } from '../admission/choose-artefact.ts';
import type { PodContainer } from '../admission/pod.ts';
import type { GoRuntime } from '../go-runtime.ts';
import type { RegistryDelivery } from '../injection.ts';
import type { DeliverableNode } from './deliverable-node.ts';

/** What is known when the delivery of one artefact into one container is chosen. */
export interface DeliveryCase {
  readonly runtime: GoRuntime;
  /** With the command that its author gave it. */
  readonly container: PodContainer;
  readonly choice: Choice;
  /** Where the pod may go; `undefined` when nothing is known of nodes. */
  readonly nodes: readonly DeliverableNode[] | undefined;
}

/** How an artefact reaches a container; no `from` means by CSI. */
export type ChosenDelivery = { readonly from?: RegistryDelivery } | { readonly problem: string };

const few = (nodes: readonly DeliverableNode[]): string => {
  const names = nodes.slice(0, 3).map(({ name }) => name);
  return nodes.length > 3 ? `${names.join(', ')} and ${nodes.length - 3} more` : names.join(', ');
};

const unpublished =
  'its artefact is in no registry: "gofleet install --push docker://REGISTRY/REPOSITORY" has them pushed, and "gofleet builds" tells what came of it';

/** Why an image volume cannot bring it; `undefined` when it can. Runtimes mount folders of images, never single files. */
function againstImage({ container, choice, nodes = [] }: DeliveryCase): string | undefined {
  const { path } = choice.binary;
  const lacking = nodes.filter(({ imageVolumes }) => !imageVolumes);
  if (lacking.length > 0)
    return `${few(lacking)} mounts no image volumes: that takes Kubernetes 1.35 and containerd 2.1 or CRI-O 1.31`;
  const [command] = container.command ?? [];
  if (command === path) return undefined;
  const found = command === undefined ? 'names none' : `begins with ${command}`;
  return `an image volume cannot lie over a file, so that command must begin with ${path}, and it ${found}`;
}

function fromRegistry(delivery: RegistryDelivery['delivery'], { choice }: DeliveryCase): ChosenDelivery {
  const { image, binary, sizeBytes } = choice;
  if (image === undefined) return { problem: unpublished };
  const from = { delivery, image, file: artefactName(binary.package) };
  return { from: delivery === 'copy' && sizeBytes !== undefined ? { ...from, sizeBytes } : from };
}

function byImage(input: DeliveryCase): ChosenDelivery {
  const problem = againstImage(input);
  return problem === undefined ? fromRegistry('image', input) : { problem: `delivery image: ${problem}` };
}

/** What is mounted runs on one processor alone, and the image of a name may hold a program for each. */
export function againstProcessors(
  { path, arch }: { readonly path: string; readonly arch: string },
  nodes: readonly DeliverableNode[],
): string | undefined {
  const others = nodes.filter((node) => node.arch !== undefined && node.arch !== arch);
  if (others.length === 0) return undefined;
  return `${path} is for ${arch}, and the pod may go to ${few(others)} (${others[0]?.arch}): give it the nodeSelector kubernetes.io/arch: ${arch}, and pods for other processors another wish`;
}

/** What keeps artefacts that are mounted by CSI from the pods of some node. */
export function againstCsi(nodes: readonly DeliverableNode[]): string | undefined {
  const absent = nodes.filter(({ hasPlugin }) => !hasPlugin);
  if (absent.length > 0) return `no node plugin runs on ${few(absent)}`;
  const [refusing] = nodes.filter(({ noexec }) => noexec !== undefined);
  return refusing && `${refusing.name}: ${refusing.noexec}`;
}

/**
 * How an artefact reaches a container: as the wish says, else the best that every node supports that the pod may go to. CSI comes first:
 * it changes neither the command nor the start. What is not known of nodes speaks against nothing.
 */
export function chooseDelivery(input: DeliveryCase): ChosenDelivery {
  const { runtime, nodes = [] } = input;
  const processors = againstProcessors(input.choice.binary, nodes);
  if (processors !== undefined) return { problem: processors };
  const { delivery = 'auto' } = runtime.spec;
  if (delivery === 'csi') return {};
  if (delivery === 'image') return byImage(input);
  if (delivery === 'copy') return fromRegistry('copy', input);
  const problem = againstCsi(nodes);
  if (problem === undefined) return {};
  if (input.choice.image === undefined) return { problem: `${problem}, and ${unpublished}` };
  return againstImage(input) === undefined ? fromRegistry('image', input) : fromRegistry('copy', input);
}
