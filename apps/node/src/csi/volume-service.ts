import { isAbsolute, normalize, sep } from 'node:path';
import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import type { Obtain } from '../store/obtain-artefact.ts';
import type { PublishRequest, UnpublishRequest } from './wire-schema.ts';

/** What the volume calls need of the system. */
export interface VolumePorts {
  /** Path of the artefact's file in a read-only view, its content verified. */
  readonly obtain: Obtain;
  /** Path of a Go release's folder in a read-only view, by the sha256 of its module. */
  readonly obtainToolchain: Obtain;
  readonly bindFile: (source: string, target: string) => Promise<void>;
  readonly unbindFile: (target: string) => Promise<void>;
  /** Targets outside it are refused. */
  readonly kubeletDir: string;
}

function invalid(message: string): GofleetError {
  return new GofleetError('node.invalid-request', message);
}

function requireTarget(targetPath: string, kubeletDir: string): string {
  const inside = `${normalize(kubeletDir)}${sep}`;
  if (isAbsolute(targetPath) && normalize(targetPath) === targetPath && targetPath.startsWith(inside))
    return targetPath;
  throw invalid(`target_path must be a plain path below ${kubeletDir}, found "${targetPath}"`);
}

function requireArtefact({ volumeContext, volumeId }: PublishRequest): Sha256 {
  const artefact = volumeContext.artefact ?? '';
  if (isSha256(artefact)) return artefact;
  throw invalid(
    `volume ${volumeId}: attribute "artefact" must be a sha256, found "${artefact.slice(0, 80)}"`,
  );
}

/**
 * Mounts the artefact that the volume's attributes name at the target path, as a read-only file; with the attribute `toolchain`, the Go
 * release that it is the module of, as a read-only folder. Asked again, it does nothing.
 * @throws `node.invalid-request`, `node.mount-failed`, and what fetching an artefact throws
 */
export async function publishVolume(request: PublishRequest, ports: VolumePorts): Promise<void> {
  if (request.volumeId === '') throw invalid('volume_id is empty');
  const target = requireTarget(request.targetPath, ports.kubeletDir);
  if (request.volumeContext['csi.storage.k8s.io/ephemeral'] === 'false')
    throw invalid(`volume ${request.volumeId}: only ephemeral inline volumes are served`);
  const obtain = request.volumeContext.toolchain === undefined ? ports.obtain : ports.obtainToolchain;
  await ports.bindFile(await obtain(requireArtefact(request)), target);
}

/**
 * Takes the artefact away from the target path; does nothing when it is not there.
 * @throws `node.invalid-request`, `node.mount-failed`
 */
export async function unpublishVolume(request: UnpublishRequest, ports: VolumePorts): Promise<void> {
  if (request.volumeId === '') throw invalid('volume_id is empty');
  await ports.unbindFile(requireTarget(request.targetPath, ports.kubeletDir));
}
