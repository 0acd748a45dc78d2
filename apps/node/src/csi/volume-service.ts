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

function cancelled({ volumeId, targetPath }: PublishRequest): GofleetError {
  return new GofleetError(
    'node.call-cancelled',
    `volume ${volumeId}: kubelet gave up before it was mounted at ${targetPath}`,
    { retry: 'later' },
  );
}

/**
 * The volume calls. Those that change one target follow each other: kubelet may give up a call that goes on here, and ask for the target to be
 * taken away.
 */
export class VolumeService {
  readonly #ports: VolumePorts;
  /** The last change of each target that is not done. */
  readonly #changes = new Map<string, Promise<void>>();

  constructor(ports: VolumePorts) {
    this.#ports = ports;
  }

  /**
   * Mounts the artefact that the volume's attributes name at the target path, as a read-only file; with the attribute `toolchain`, the Go
   * release that it is the module of, as a read-only folder. Asked again, it does nothing.
   * @param call - looked at when what is mounted has been fetched
   * @throws `node.invalid-request`, `node.mount-failed`, `node.call-cancelled`, and what fetching an artefact throws
   */
  async publish(request: PublishRequest, call: { readonly cancelled: boolean }): Promise<void> {
    if (request.volumeId === '') throw invalid('volume_id is empty');
    const target = requireTarget(request.targetPath, this.#ports.kubeletDir);
    if (request.volumeContext['csi.storage.k8s.io/ephemeral'] === 'false')
      throw invalid(`volume ${request.volumeId}: only ephemeral inline volumes are served`);
    const { obtain, obtainToolchain, bindFile } = this.#ports;
    const isToolchain = request.volumeContext.toolchain !== undefined;
    const source = await (isToolchain ? obtainToolchain : obtain)(requireArtefact(request));
    await this.#change(target, async () => {
      if (call.cancelled) throw cancelled(request);
      await bindFile(source, target);
    });
  }

  /**
   * Takes the artefact away from the target path; does nothing when it is not there.
   * @throws `node.invalid-request`, `node.mount-failed`
   */
  async unpublish(request: UnpublishRequest): Promise<void> {
    if (request.volumeId === '') throw invalid('volume_id is empty');
    const target = requireTarget(request.targetPath, this.#ports.kubeletDir);
    await this.#change(target, () => this.#ports.unbindFile(target));
  }

  async #change(target: string, work: () => Promise<void>): Promise<void> {
    const before = this.#changes.get(target) ?? Promise.resolve();
    const change = before.then(work, work);
    this.#changes.set(target, change);
    try {
      await change;
    } finally {
      if (this.#changes.get(target) === change) this.#changes.delete(target);
    }
  }
}
