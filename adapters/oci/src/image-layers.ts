import type { GofleetError } from '@gofleet/base/errors';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import type { ArchiveContent } from './archive-content.ts';

/** How an image is described in an archive. */
export interface ImageDescription {
  /** `repository:tag`, when it has one. */
  readonly reference: string | undefined;
  /** Paths of the layers' tars in the archive, lowest first. */
  readonly layers: readonly string[];
  /** Entry point and command, as the image's configuration has them. */
  readonly entrypoint: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** A part of an image's configuration. */
export interface ImageConfig {
  readonly config?: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
}

interface DockerManifest {
  readonly Config?: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers?: readonly string[];
}

interface Descriptor {
  readonly digest?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface OciManifest {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** The value of a JSON text; `undefined` for one that is none. */
function parse<T>(text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

const blobPath = ({ digest = '' }: Descriptor): string => `/blobs/${digest.replace(':', '/')}`;

/** An image with what its configuration says of it. */
export function describeImage(
  config: ImageConfig | undefined,
  rest: Pick<ImageDescription, 'reference' | 'layers'>,
): ImageDescription {
  const { Entrypoint, Cmd, Labels } = config?.config ?? {};
  return { ...rest, entrypoint: [...(Entrypoint ?? []), ...(Cmd ?? [])], labels: Labels ?? {} };
}

function describeDocker(texts: ReadonlyMap<string, string>): ImageDescription[] {
  const manifests = parse<readonly DockerManifest[]>(texts.get('/manifest.json'));
  if (!Array.isArray(manifests)) return [];
  return manifests.map(({ Config: config = '', RepoTags, Layers = [] }: DockerManifest) =>
    describeImage(parse<ImageConfig>(texts.get(`/${config}`)), {
      reference: RepoTags?.[0],
      layers: Layers.map((layer) => `/${layer}`),
    }),
  );
}

function describeOci(
  texts: ReadonlyMap<string, string>,
  index: OciManifest | undefined,
  depth = 0,
): ImageDescription[] {
  return (index?.manifests ?? []).flatMap((descriptor) => {
    const manifest = parse<OciManifest>(texts.get(blobPath(descriptor)));
    if (manifest?.manifests && depth < 3) return describeOci(texts, manifest, depth + 1);
    if (!manifest?.layers) return [];
    const config = parse<ImageConfig>(texts.get(blobPath(manifest.config ?? {})));
    const reference = descriptor.annotations?.['org.opencontainers.image.ref.name'];
    return [describeImage(config, { reference, layers: manifest.layers.map(blobPath) })];
  });
}

/** The images in an archive, as its manifests describe them: docker-archive, else OCI layout; none in an ordinary tar. */
export function describeImages({ texts }: ArchiveContent): ImageDescription[] {
  const docker = describeDocker(texts);
  return docker.length > 0 ? docker : describeOci(texts, parse<OciManifest>(texts.get('/index.json')));
}

/** A program of an image and the layer that it comes from. */
export interface ImageProgram {
  readonly path: string;
  readonly layer: string;
  readonly found: BinaryFacts | GofleetError;
}

/** The programs that a container sees: of each path the topmost, without those that upper layers delete or replace. */
export function flattenLayers(layers: readonly { name: string; content: ArchiveContent }[]): ImageProgram[] {
  const visible = new Map<string, ImageProgram>();
  for (const { name: layer, content } of layers) {
    const gone = new Set([...content.whiteouts, ...content.paths]);
    for (const path of visible.keys()) {
      const isBelow = (directory: string): boolean =>
        path.startsWith(directory === '/' ? '/' : `${directory}/`);
      if (gone.has(path) || content.whiteouts.some(isBelow) || content.opaques.some(isBelow))
        visible.delete(path);
    }
    for (const [path, found] of content.programs) visible.set(path, { path, layer, found });
  }
  return [...visible.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
