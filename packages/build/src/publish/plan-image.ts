import { mediaTypes, type StoredContent } from './plan-manifest.ts';

/** A relinked executable that is published as an image. */
export interface ImagedProgram {
  /** Import path of its main package. */
  readonly package: string;
  /** As Go names the processor. */
  readonly arch: string;
  /** sha256 of the executable. */
  readonly sha256: string;
  /** sha256 of what it replaces. */
  readonly originalSha256: string;
  readonly grade: string;
  /** The exact release inside. */
  readonly goVersion: string;
}

/** Configuration and manifest of an image, as they are to be stored. */
export interface PlannedImage {
  readonly config: Record<string, unknown>;
  /** The manifest that a configuration of this digest and size belongs to. */
  readonly manifestOf: (config: StoredContent) => Record<string, unknown> & { readonly mediaType: string };
}

/** Where the copier lies in the image of an artefact. */
export const copierPath = '/copier';

/** Nobody in particular: pods that must not run as root need not say as whom the copier runs. */
const nobody = '65532:65532';

/**
 * The name of a program in the image of its artefact: what Go itself calls it, the last element of its package's path.
 * @see Go 1.26.8 cmd/go/internal/load/pkg.go, DefaultExecName
 */
export function artefactName(packagePath: string): string {
  const elements = packagePath.split('/');
  const last = elements.at(-1) ?? '';
  const name = /^v[0-9]+$/.test(last) && elements.length > 1 ? elements.at(-2) : last;
  return name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && name !== 'copier'
    ? name
    : 'program';
}

/**
 * The image of an artefact: one uncompressed layer, so that it is mounted as it was pulled, with the executable and the copier.
 * @see OCI image specification, manifest.md and config.md (1.1)
 */
export function planImage(program: ImagedProgram, layer: StoredContent): PlannedImage {
  const { package: path, arch, sha256, originalSha256, grade, goVersion } = program;
  const annotations = {
    'org.opencontainers.image.title': path,
    'dev.gofleet.sha256': sha256,
    'dev.gofleet.original.sha256': originalSha256,
    'dev.gofleet.go-version': goVersion,
    'dev.gofleet.grade': grade,
  };
  return {
    config: {
      ...{ architecture: arch, os: 'linux', config: { Entrypoint: [copierPath], User: nobody } },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    },
    manifestOf: (config) => ({
      ...{ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer], annotations },
    }),
  };
}
