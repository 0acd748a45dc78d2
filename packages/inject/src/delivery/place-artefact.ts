import { copierPath } from '@gofleet/build/publish';
import {
  isOurName,
  type PodContainer,
  type PodTemplate,
  type PodVolume,
  type SecurityContext,
} from '../admission/pod.ts';
import { inCluster } from '../in-cluster.ts';
import type { MountedInjection } from '../injection.ts';

/** What a pod gets for one artefact. */
export interface PlacedArtefact {
  readonly volume: Readonly<Record<string, unknown>>;
  /** Copies the artefact, with delivery `copy`. */
  readonly initContainer?: Readonly<Record<string, unknown>>;
}

/** A container, and what its pod says of all of them. */
export interface ContainerOfPod {
  readonly container: PodContainer;
  readonly securityContext?: PodTemplate['spec']['securityContext'] | undefined;
}

const mebibyte = 2 ** 20;

/** What tells the volumes of one delivery from others of the same pod. */
export function volumeKey({ artefact, from }: MountedInjection): string {
  return `${from?.delivery ?? 'csi'} ${artefact}`;
}

/** Where the folder of an image volume lies in a container. */
const folderOf = (volume: string): string => `/${volume}`;

/** The path that an artefact is executed by, when it is not the one of the original. */
export function commandPath(volume: string, { from }: MountedInjection): string | undefined {
  return from?.delivery === 'image' ? `${folderOf(volume)}/${from.file}` : undefined;
}

/** The mount that brings an artefact into its container. */
export function mountOf(
  name: string,
  { path, from }: MountedInjection,
): { readonly name: string; readonly mountPath: string } & Readonly<Record<string, unknown>> {
  if (from?.delivery === 'image') return { name, mountPath: folderOf(name), readOnly: true };
  const whole = { name, mountPath: path, readOnly: true };
  return from === undefined ? whole : { ...whole, subPath: from.file };
}

/** As the container itself runs, where it says so, and never with more: what it writes can be read by everybody. */
function restricted(
  { runAsUser, runAsGroup }: SecurityContext,
  ofPod: SecurityContext,
): Readonly<Record<string, unknown>> {
  const user = runAsUser ?? ofPod.runAsUser;
  return {
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
    ...{ capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
    ...(user === 0 ? {} : { runAsNonRoot: true }),
  };
}

const copyTo = '/artefact';

function copierOf(
  name: string,
  { image, file }: NonNullable<MountedInjection['from']>,
  { resources, securityContext = {} }: PodContainer,
  ofPod: SecurityContext,
): Readonly<Record<string, unknown>> {
  return {
    ...{ name, image, imagePullPolicy: 'IfNotPresent' },
    command: [copierPath, `/${file}`, `${copyTo}/${file}`],
    // The containers of a pod run after it: what they may have it may have, and the pod asks for no more.
    ...(resources === undefined ? {} : { resources }),
    securityContext: restricted(securityContext, ofPod),
    volumeMounts: [{ name, mountPath: copyTo }],
  };
}

/** What a pod gets for an artefact that one of its containers executes. */
export function placeArtefact(
  name: string,
  { artefact, from }: MountedInjection,
  { container, securityContext = {} }: ContainerOfPod,
): PlacedArtefact {
  if (from === undefined) {
    const csi = { driver: inCluster.csiDriver, readOnly: true, volumeAttributes: { artefact } };
    return { volume: { name, csi } };
  }
  if (from.delivery === 'image')
    return { volume: { name, image: { reference: from.image, pullPolicy: 'IfNotPresent' } } };
  const { sizeBytes } = from;
  const sizeLimit = sizeBytes === undefined ? {} : { sizeLimit: `${Math.ceil(sizeBytes / mebibyte) + 1}Mi` };
  return {
    volume: { name, emptyDir: sizeLimit },
    initContainer: copierOf(name, from, container, securityContext),
  };
}

/** The volumes that an earlier admission added: by their driver, or because the pod's annotation knows the image
 * that they are from; of those that begin empty the ones that we fill.
 */
export function isOurVolume(
  { name, csi, image, emptyDir }: PodVolume,
  { images, filled }: { readonly images: ReadonlySet<string>; readonly filled: ReadonlySet<string> },
): boolean {
  if (!isOurName(name)) return false;
  if (csi !== undefined) return csi.driver === inCluster.csiDriver;
  if (image !== undefined) return images.has(image.reference ?? '');
  return emptyDir !== undefined && filled.has(name);
}

/** The init containers that copy artefacts, by their names and images. */
export function isCopier({ name, image = '' }: PodContainer, images: ReadonlySet<string>): boolean {
  return isOurName(name) && images.has(image);
}
