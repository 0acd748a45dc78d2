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

/** A part of an image's configuration, as somebody wrote it: nothing of it is certain. */
interface ImageConfig {
  readonly config?: {
    readonly Entrypoint?: unknown;
    readonly Cmd?: unknown;
    readonly Labels?: Readonly<Record<string, unknown>> | null;
  } | null;
}

interface DockerManifest {
  readonly Config?: unknown;
  readonly RepoTags?: unknown;
  readonly Layers?: unknown;
}

interface Descriptor {
  readonly digest?: unknown;
  readonly annotations?: Readonly<Record<string, unknown>> | null;
}

interface OciManifest {
  readonly config?: Descriptor | null;
  readonly layers?: unknown;
  readonly manifests?: unknown;
}

/** The value of a JSON text; `undefined` for one that is none. */
function parse<T>(text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : ((JSON.parse(text) ?? undefined) as T | undefined);
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.filter(isText) : []);
/** The objects in what should be a list of them. */
const objectsIn = <T>(value: unknown): T[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];

const blobPath = ({ digest }: Descriptor): string => `/blobs/${String(digest).replace(':', '/')}`;

/** An image with what its configuration, a JSON text, says of it. */
export function describeImage(
  text: string | undefined,
  rest: Pick<ImageDescription, 'reference' | 'layers'>,
): ImageDescription {
  const { Entrypoint, Cmd, Labels } = parse<ImageConfig>(text)?.config ?? {};
  const labels = Object.entries(Labels ?? {}).filter((entry): entry is [string, string] => isText(entry[1]));
  return {
    ...rest,
    entrypoint: [...textsIn(Entrypoint), ...textsIn(Cmd)],
    labels: Object.fromEntries(labels),
  };
}

function describeDocker(texts: ReadonlyMap<string, string>): ImageDescription[] {
  const manifests = objectsIn<DockerManifest>(parse(texts.get('/manifest.json')));
  return manifests.map(({ Config, RepoTags, Layers }) =>
    describeImage(texts.get(`/${String(Config)}`), {
      reference: textsIn(RepoTags)[0],
      layers: textsIn(Layers).map((layer) => `/${layer}`),
    }),
  );
}

function describeOci(
  texts: ReadonlyMap<string, string>,
  index: OciManifest | undefined,
  depth = 0,
): ImageDescription[] {
  return objectsIn<Descriptor>(index?.manifests).flatMap((descriptor) => {
    const manifest = parse<OciManifest>(texts.get(blobPath(descriptor)));
    if (manifest?.manifests && depth < 3) return describeOci(texts, manifest, depth + 1);
    if (!manifest?.layers) return [];
    const reference = descriptor.annotations?.['org.opencontainers.image.ref.name'];
    return [
      describeImage(texts.get(blobPath(manifest.config ?? {})), {
        reference: isText(reference) ? reference : undefined,
        layers: objectsIn<Descriptor>(manifest.layers).map(blobPath),
      }),
    ];
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
    const deleted = new Set(content.whiteouts);
    for (const path of visible.keys()) {
      const isBelow = (directory: string): boolean =>
        path.startsWith(directory === '/' ? '/' : `${directory}/`);
      if (
        deleted.has(path) ||
        content.paths.has(path) ||
        content.whiteouts.some(isBelow) ||
        content.opaques.some(isBelow)
      )
        visible.delete(path);
    }
    for (const [path, found] of content.programs) visible.set(path, { path, layer, found });
  }
  return [...visible.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
