import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { type GoVersion, renderGoVersion } from '@gofleet/base/go-version';
import { writeError } from '@gofleet/base/write-error';
import { stagingPath, withStaging } from '@gofleet/filesystem/staging';
import { toolchainsRoot } from '@gofleet/filesystem/toolchain-store';
import { unpackTar } from '@gofleet/filesystem/unpack-tar';
import { unpackZip } from '@gofleet/filesystem/unpack-zip';
import { createGoProxyClient } from '@gofleet/http/goproxy-client';
import { createSumdbRemote } from '@gofleet/http/sumdb-remote';
import { parseToolchainList, toolchainModule, toolchainVersion } from '@gofleet/resolve/choose-toolchain';
import { hashFiles } from '@gofleet/resolve/dirhash';
import { versionFilePath, versionListPath } from '@gofleet/resolve/goproxy-path';
import { type Platform, toolchainName } from '@gofleet/resolve/platform';
import { type ChecksumDatabase, lookUpSums } from '@gofleet/resolve/sumdb/checksum-database';
import { parseGoSumdb } from '@gofleet/resolve/sumdb/gosumdb';
import type { SumdbMemory } from '@gofleet/resolve/sumdb/ports';
import { moduleFiles } from '@gofleet/resolve/toolchain/file-list';
import { type Pack, pack } from 'tar-stream';
import { readGoSettings } from './go-settings.ts';
import type { InstallProgress } from './install-progress.ts';
import { noUpstream, type Upstreams } from './upstreams.ts';

/** A memory that begins empty and ends with the process: a bundle has to prove itself. */
function emptyMemory(): SumdbMemory {
  const cache = new Map<string, Uint8Array>();
  let latest: string | undefined;
  return {
    readLatest: async () => latest,
    writeLatest: async (note) => {
      latest = note;
    },
    readCache: async (path) => cache.get(path),
    writeCache: async (path, bytes) => void cache.set(path, bytes),
  };
}

/** A database that keeps all that it is asked, so that the same proof can be made again without it. */
function recording(database: ChecksumDatabase): {
  database: ChecksumDatabase;
  answers: Map<string, Uint8Array>;
} {
  const answers = new Map<string, Uint8Array>();
  const read = async (path: string, signal?: AbortSignal): Promise<Uint8Array> => {
    const bytes = await database.remote.read(path, signal);
    answers.set(path, bytes);
    return bytes;
  };
  return { answers, database: { ...database, remote: { read }, memory: emptyMemory() } };
}

/** A bundle to make. */
export interface BundleRequest {
  readonly releases: readonly GoVersion[];
  readonly platform: Platform;
  readonly output: string;
  readonly upstreams: Upstreams;
  readonly progress: InstallProgress;
  readonly signal: AbortSignal;
}

function addText(tar: Pack, name: string, bytes: Uint8Array | string): void {
  tar.entry({ name, mode: 0o644, mtime: new Date(0) }, Buffer.from(bytes));
}

async function addFile(tar: Pack, name: string, path: string): Promise<void> {
  const { size } = await stat(path);
  await pipeline(createReadStream(path), tar.entry({ name, size, mode: 0o644, mtime: new Date(0) }));
}

/** Fetches and verifies one release, and adds its zip. */
async function addRelease(
  tar: Pack,
  { release, request, database }: { release: GoVersion; request: BundleRequest; database: ChecksumDatabase },
): Promise<void> {
  const { platform, upstreams, progress, signal } = request;
  if (!upstreams.zips) throw noUpstream();
  const version = toolchainVersion(release, platform);
  const name = toolchainName(renderGoVersion(release), platform);
  const sums = await lookUpSums(database, toolchainModule, version);
  const path = `${stagingPath(toolchainsRoot())}.archive`;
  try {
    const onProgress = (bytes: { doneBytes: number; totalBytes?: number }): void =>
      progress.report('download', name, bytes);
    await upstreams.zips.download({ module: toolchainModule, version, path }, { signal, onProgress });
    const files = await unpackZip({ zip: path, prefix: `${toolchainModule}@${version}/`, signal });
    const h1 = hashFiles(moduleFiles(files, version));
    if (!sums.includes(h1)) {
      throw new GofleetError(
        'resolve.wrong-checksum',
        `the module of ${name}: expected ${sums.join(' or ')}, found ${h1}`,
        {
          facts: { expected: sums.join(' '), found: h1 },
        },
      );
    }
    addText(
      tar,
      versionFilePath(toolchainModule, version, 'info'),
      `${JSON.stringify({ Version: version })}\n`,
    );
    addText(tar, versionFilePath(toolchainModule, version, 'mod'), `module ${toolchainModule}\n`);
    await addFile(tar, versionFilePath(toolchainModule, version, 'zip'), path);
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * Writes releases and the proofs of their checksums into one file: the tree of a GOPROXY as a tar, from which `install --from`, and
 * `go` itself once unpacked, can install without a network. Nothing is written when one of them cannot be verified.
 * @throws as `installToolchain`
 */
export async function writeBundle(
  request: BundleRequest,
): Promise<{ path: string; sizeBytes: number; toolchains: string[] }> {
  const { releases, platform, upstreams } = request;
  const path = resolve(request.output);
  const temporary = join(dirname(path), `.${process.pid}.gofleet-bundle`);
  const { database, answers } = recording(upstreams.database());
  const versions = releases.map((release) => toolchainVersion(release, platform));
  const tar = pack();
  const written = pipeline(tar, createWriteStream(temporary), { signal: request.signal });
  written.catch(() => undefined);
  try {
    await withStaging(toolchainsRoot(), async () => {
      for (const release of releases) await addRelease(tar, { release, request, database });
    });
    addText(tar, versionListPath(toolchainModule), versions.map((version) => `${version}\n`).join(''));
    addText(tar, `sumdb/${database.key.name}/supported`, '');
    for (const [name, bytes] of answers) addText(tar, `sumdb/${database.key.name}/${name}`, bytes);
    tar.finalize();
    await written;
    await rename(temporary, path);
    const { size } = await stat(path);
    return {
      path,
      sizeBytes: size,
      toolchains: releases.map((release) => toolchainName(renderGoVersion(release), platform)),
    };
  } catch (thrown) {
    tar.destroy();
    await written.catch(() => undefined);
    throw isGofleetError(thrown) || request.signal.aborted ? thrown : writeError(path, thrown);
  } finally {
    await rm(temporary, { force: true });
  }
}

const maxZipBytes = 500 << 20;

/** The upstreams that a bundle is, unpacked for as long as `use` runs; the key that vouches for it is this machine's own. */
export async function withBundle<T>(
  bundle: string,
  { platform, signal }: { readonly platform: Platform; readonly signal: AbortSignal },
  use: (upstreams: Upstreams, releases: readonly GoVersion[]) => Promise<T>,
): Promise<T> {
  const path = resolve(bundle);
  const { gosumdb, knownKeys } = await readGoSettings();
  return withStaging(toolchainsRoot(), async ({ dir }) => {
    await unpackTar({ tar: path, gzip: false, dir, prefix: '', maxFileBytes: maxZipBytes, signal });
    const goproxy = pathToFileURL(dir).href;
    const proxy = createGoProxyClient({ goproxy });
    const choice = parseGoSumdb(gosumdb, knownKeys);
    const remote = createSumdbRemote({
      choice: { key: choice.key, url: `${goproxy}/sumdb/${choice.key.name}` },
      goproxy,
    });
    const upstreams: Upstreams = {
      ...{ kind: 'bundle', proxy, zips: proxy, indexUrl: undefined, archives: async () => [] },
      database: () => ({ key: choice.key, remote, memory: emptyMemory(), signal }),
    };
    return use(upstreams, parseToolchainList(await proxy.list(toolchainModule, signal), platform));
  });
}
