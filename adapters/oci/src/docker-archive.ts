import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { type ImageFile, planLayer } from './layer-entries.ts';
import { addBytes, addFile, writeLayer } from './layer-tar.ts';

export type { ImageFile };

/** What an image holds and how its program is started. Everything not named here is empty. */
export interface ImageContent {
  /** Name and tag it is known by after an import, e.g. `gofleet.dev/demo:v1`. */
  repoTag: string;
  /** The program and its fixed arguments. */
  entrypoint: string[];
  /** Default arguments, replaced by a container's `args`. */
  cmd?: string[];
  /** The files of one layer. */
  files?: ImageFile[];
  /** Several layers, lowest first; they come on top of `files`. */
  layers?: ImageFile[][];
  /** `uid` or `uid:gid` the program runs as. */
  user?: string;
  /** Environment, in the given order. */
  env?: Record<string, string>;
  labels?: Record<string, string>;
  workingDir?: string;
  /** Go's name of the processor; default: this machine's. */
  architecture?: string;
}

/** What was written. */
export interface PackedImage {
  /** `sha256:…` of the image's configuration: the same for the same content, whenever and wherever it is packed. */
  imageId: string;
  /** `sha256:…` of each layer's tar, lowest first. */
  diffIds: string[];
  sizeBytes: number;
}

interface StoredLayer {
  path: string;
  digest: string;
  sizeBytes: number;
}

/**
 * Writes an image as a docker-archive tar (`docker load`, `ctr images import`) and answers its identity. Times, owners
 * and order are fixed, so equal content gives equal bytes. File contents are streamed, never held in memory as a whole.
 *
 * @throws GofleetError `oci.duplicate-path`, `oci.bad-path`, `oci.missing-source`
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md "Combined Image JSON + Filesystem Changeset Format"
 */
export async function packDockerArchive(content: ImageContent, outPath: string): Promise<PackedImage> {
  const unfinished = `${outPath}.${process.pid}.unfinished`;
  const stored: StoredLayer[] = [];
  try {
    for (const files of layersOf(content)) {
      const path = `${unfinished}.layer-${stored.length}`;
      stored.push({ path, digest: '', sizeBytes: 0 });
      stored[stored.length - 1] = { path, ...(await writeLayer(await planLayer(files), path)) };
    }
    const imageId = await writeArchive(content, stored, unfinished);
    await rename(unfinished, outPath);
    const { size } = await stat(outPath);
    return { imageId, diffIds: stored.map((layer) => `sha256:${layer.digest}`), sizeBytes: size };
  } finally {
    await Promise.all(
      [unfinished, ...stored.map((layer) => layer.path)].map((path) => rm(path, { force: true })),
    );
  }
}

function layersOf(content: ImageContent): ImageFile[][] {
  return [...(content.files === undefined ? [] : [content.files]), ...(content.layers ?? [])];
}

async function writeArchive(content: ImageContent, layers: StoredLayer[], path: string): Promise<string> {
  const config = Buffer.from(JSON.stringify(renderConfig(content, layers)));
  const digest = createHash('sha256').update(config).digest('hex');
  const tar = pack();
  // A tar-stream pack is a streamx stream: node's pipeline wants one of its own between it and the file.
  const written = pipeline(tar.pipe(new PassThrough()), createWriteStream(path));
  await Promise.all([written, fillArchive(tar, { content, layers, config, digest })]);
  return `sha256:${digest}`;
}

async function fillArchive(
  tar: Pack,
  from: { content: ImageContent; layers: StoredLayer[]; config: Buffer; digest: string },
): Promise<void> {
  try {
    const manifest = [
      {
        Config: `${from.digest}.json`,
        RepoTags: [from.content.repoTag],
        Layers: from.layers.map((layer) => `${layer.digest}/layer.tar`),
      },
    ];
    await addBytes(tar, { name: 'manifest.json', mode: 0o644 }, Buffer.from(JSON.stringify(manifest)));
    await addBytes(tar, { name: `${from.digest}.json`, mode: 0o644 }, from.config);
    const seen = new Set<string>();
    for (const layer of from.layers) {
      if (seen.has(layer.digest)) continue;
      seen.add(layer.digest);
      const header = { name: `${layer.digest}/layer.tar`, mode: 0o644, size: layer.sizeBytes };
      await addFile(tar, header, createReadStream(layer.path));
    }
    tar.finalize();
  } catch (error) {
    tar.destroy(error as Error);
    throw error;
  }
}

const goArchitectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

function renderConfig(content: ImageContent, layers: StoredLayer[]): unknown {
  return {
    architecture: content.architecture ?? goArchitectures[process.arch] ?? process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Entrypoint: content.entrypoint,
      ...(content.cmd && { Cmd: content.cmd }),
      ...(content.user !== undefined && { User: content.user }),
      ...(content.env && { Env: Object.entries(content.env).map(([key, value]) => `${key}=${value}`) }),
      ...(content.labels && { Labels: content.labels }),
      WorkingDir: content.workingDir ?? '/',
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${layer.digest}`) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'gofleet' })),
  };
}
