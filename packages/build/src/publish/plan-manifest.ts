/** Something stored, as a manifest refers to it. @see OCI image specification, descriptor.md (1.1) */
export interface StoredContent {
  readonly mediaType: string;
  /** `sha256:…`. */
  readonly digest: string;
  readonly size: number;
}

/** A relinked program, and its attestation. */
export interface PublishedProgram {
  /** In the image; the import path of the main package where there is none. */
  readonly path: string;
  readonly executable: StoredContent;
  readonly attestation?: StoredContent;
  readonly grade: string;
  /** The exact release inside. */
  readonly goVersion: string;
  /** sha256 of what it replaces. */
  readonly originalSha256: string;
}

/** Media types of what is published. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  artefact: 'application/vnd.gofleet.artefact.v1',
  executable: 'application/vnd.gofleet.executable.v1',
  attestation: 'application/vnd.dsse.envelope.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** The configuration of what needs none. @see OCI image specification, manifest.md "Guidance for an Empty Descriptor" */
export const emptyConfig = {
  mediaType: mediaTypes.empty,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
} as const;

interface Layer extends StoredContent {
  readonly annotations: Readonly<Record<string, string>>;
}

/** A manifest of an artefact. @see OCI image specification, manifest.md "Guidelines for Artifact Usage" */
export interface ArtefactManifest {
  readonly schemaVersion: 2;
  readonly mediaType: typeof mediaTypes.manifest;
  readonly artifactType: typeof mediaTypes.artefact | typeof mediaTypes.attestation;
  readonly config: StoredContent;
  readonly layers: readonly Layer[];
  readonly subject?: StoredContent;
  readonly annotations: Readonly<Record<string, string>>;
}

function layersOf(program: PublishedProgram): Layer[] {
  const { path, executable, attestation, grade, goVersion, originalSha256 } = program;
  const about = {
    'dev.gofleet.original.sha256': originalSha256,
    'dev.gofleet.go-version': goVersion,
    'dev.gofleet.grade': grade,
  };
  const title = 'org.opencontainers.image.title';
  const layer = { ...executable, annotations: { [title]: path, ...about } };
  if (!attestation) return [layer];
  return [
    layer,
    {
      ...attestation,
      annotations: { [title]: `${path}.intoto.json`, 'dev.gofleet.attests': executable.digest },
    },
  ];
}

/**
 * The manifest that publishes relinked programs, those of an image perhaps: a layer for each, one for its attestation.
 * @param subject - the image's manifest, where it has one
 */
export function planManifest(
  programs: readonly PublishedProgram[],
  goVersion: string,
  subject: StoredContent | undefined,
): ArtefactManifest {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.artefact,
    config: emptyConfig,
    layers: programs.flatMap(layersOf),
    ...(subject === undefined ? {} : { subject }),
    annotations: { 'dev.gofleet.go-version': goVersion },
  };
}

/**
 * The manifest that hangs an attestation under the image of what it is about.
 * @param executable - sha256 of that, which is the statement's subject
 */
export function planReferrer(
  attestation: StoredContent,
  { subject, executable }: { readonly subject: StoredContent; readonly executable: string },
): ArtefactManifest {
  const annotations = { 'dev.gofleet.attests': `sha256:${executable}` };
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.attestation,
    config: emptyConfig,
    layers: [{ ...attestation, annotations }],
    subject,
    annotations,
  };
}
