import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { type GoVersion, parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import { publishToolchain } from '@gofleet/filesystem/publish-toolchain';
import { withStaging } from '@gofleet/filesystem/staging';
import { readToolchainRecord, toolchainDir, toolchainsRoot } from '@gofleet/filesystem/toolchain-store';
import { unpackTar } from '@gofleet/filesystem/unpack-tar';
import { unpackZip } from '@gofleet/filesystem/unpack-zip';
import { download } from '@gofleet/http/download';
import { toolchainModule, toolchainVersion } from '@gofleet/resolve/choose-toolchain';
import { hashFiles } from '@gofleet/resolve/dirhash';
import { type Platform, toolchainName } from '@gofleet/resolve/platform';
import { lookUpSums } from '@gofleet/resolve/sumdb/checksum-database';
import { findArchive, type IndexedArchive } from '@gofleet/resolve/toolchain/archive-index';
import {
  hashAsModule,
  hasReproducibleModule,
  isInModule,
  moduleFiles,
  type ToolchainFile,
} from '@gofleet/resolve/toolchain/file-list';
import type { ToolchainRecord } from '@gofleet/resolve/toolchain/record';
import type { InstallProgress } from './install-progress.ts';
import { archiveUrl, noUpstream, recordedAddress, type Upstreams } from './upstreams.ts';

/** A release to install. */
export interface InstallRequest {
  readonly release: GoVersion;
  readonly platform: Platform;
  readonly upstreams: Upstreams;
  readonly progress: InstallProgress;
  readonly signal: AbortSignal;
}

/** What an install led to. */
export interface Installed {
  readonly dir: string;
  readonly record: ToolchainRecord;
  /** It was there before, or another process was first. */
  readonly already: boolean;
}

interface Staging {
  readonly dir: string;
  readonly file: string;
}

interface Obtained {
  readonly files: readonly ToolchainFile[];
  readonly record: Pick<ToolchainRecord, 'source' | 'proof' | 'h1' | 'sha256'>;
}

/** That what arrived is not what was released. */
export function wrongSum(
  what: string,
  facts: { expected: string; found: string; url: string },
): GofleetError {
  return new GofleetError(
    'resolve.wrong-checksum',
    `${what}: expected ${facts.expected}, found ${facts.found}`,
    {
      facts,
      hint: 'nothing was installed; what arrived is not what was released: try another GOPROXY, and report it',
    },
  );
}

function noSuchRelease(name: string, cause?: unknown): GofleetError {
  return new GofleetError('resolve.no-such-go-version', `there is no Go release ${name}`, {
    facts: { release: name },
    hint: 'gofleet toolchain list --remote shows what there is',
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The `h1:` hashes of a release's module in the checksum database; none when it does not know it.
 * @throws `resolve.no-sumdb` without a database, and what {@link lookUpSums} throws but `resolve.no-checksum`
 */
export async function toolchainSums(
  request: Pick<InstallRequest, 'release' | 'platform' | 'upstreams'>,
): Promise<readonly string[]> {
  return (await findSums(request))?.sums ?? [];
}

/** The sums of a release in the checksum database; `undefined` when it has none. */
async function findSums(
  request: Pick<InstallRequest, 'release' | 'platform' | 'upstreams'>,
): Promise<{ by: string; sums: string[] } | undefined> {
  const database = request.upstreams.database();
  try {
    const version = toolchainVersion(request.release, request.platform);
    return { by: database.key.name, sums: await lookUpSums(database, toolchainModule, version) };
  } catch (thrown) {
    if (isGofleetError(thrown) && thrown.code === 'resolve.no-checksum') return undefined;
    throw thrown;
  }
}

/** Fetches the toolchain module and compares its h1 with the database's; unpacks it where there is a folder. */
async function obtainModule(
  request: InstallRequest,
  { dir, file }: { readonly dir?: string; readonly file: string },
  { by, sums }: { by: string; sums: readonly string[] },
): Promise<Obtained> {
  const { release, platform, upstreams, progress, signal } = request;
  const version = toolchainVersion(release, platform);
  const name = toolchainName(renderGoVersion(release), platform);
  if (!upstreams.zips) throw noUpstream();
  const { url, sha256 } = await upstreams.zips.download(
    { module: toolchainModule, version, path: file },
    { signal, onProgress: (bytes) => progress.report('download', name, bytes) },
  );
  const files = await unpackZip({
    ...{ zip: file, prefix: `${toolchainModule}@${version}/`, signal },
    ...(dir === undefined ? {} : { dir }),
    onProgress: (bytes) => progress.report('unpack', name, bytes),
  });
  const h1 = hashFiles(moduleFiles(files, version));
  if (!sums.includes(h1))
    throw wrongSum(`the module of ${name}`, {
      expected: sums.join(' or '),
      found: h1,
      url: recordedAddress(url),
    });
  const source = { kind: upstreams.kind, from: recordedAddress(url) } as const;
  return { files, record: { source, proof: { kind: 'checksum-database', by }, h1, sha256 } };
}

/**
 * Fetches the module of a release, a zip, into a file and compares it with the checksum database; installs nothing.
 * @throws `resolve.no-such-go-version` when the database does not know it, otherwise as `installToolchain`
 */
export async function fetchToolchainModule(
  request: InstallRequest,
  file: string,
): Promise<{ readonly h1: string }> {
  const sums = await findSums(request);
  if (!sums) throw noSuchRelease(toolchainName(renderGoVersion(request.release), request.platform));
  const { record } = await obtainModule(request, { file }, sums);
  return { h1: record.h1 ?? '' };
}

const maxFileBytes = 256 << 20;

function unpackArchive(
  { dir, file }: Staging,
  archive: IndexedArchive,
  signal: AbortSignal,
): Promise<ToolchainFile[]> {
  if (archive.filename.endsWith('.zip')) return unpackZip({ zip: file, dir, prefix: 'go/', signal });
  return unpackTar({ tar: file, gzip: true, dir, prefix: 'go/', maxFileBytes, signal });
}

/** Fetches an archive, compares its sha256 with the index's, and, where the database knows the release, its files with that. */
async function obtainArchive(
  request: InstallRequest,
  staging: Staging,
  { archive, known }: { archive: IndexedArchive; known: { by: string; sums: readonly string[] } | undefined },
): Promise<Obtained> {
  const { release, platform, upstreams, progress, signal } = request;
  const name = toolchainName(renderGoVersion(release), platform);
  const url = archiveUrl(upstreams.indexUrl ?? '', archive.filename);
  const onProgress = (bytes: { doneBytes: number; totalBytes?: number }): void =>
    progress.report('download', name, bytes);
  const { sha256 } = await download(url, staging.file, { maxBytes: archive.sizeBytes, signal, onProgress });
  const facts = { url: recordedAddress(url) };
  if (sha256 !== archive.sha256)
    throw wrongSum(archive.filename, { expected: archive.sha256, found: sha256, ...facts });
  const files = await unpackArchive(staging, archive, signal);
  const source = { kind: 'archive', from: facts.url } as const;
  if (!known || !hasReproducibleModule(release))
    return {
      files,
      record: {
        source,
        proof: { kind: 'archive-index', by: recordedAddress(upstreams.indexUrl ?? '') },
        sha256,
      },
    };
  const inModule = files.filter(({ path }) => isInModule(path, release, platform));
  const h1 = hashAsModule(inModule, toolchainVersion(release, platform));
  if (!known.sums.includes(h1))
    throw wrongSum(archive.filename, { expected: known.sums.join(' or '), found: h1, ...facts });
  return { files, record: { source, proof: { kind: 'checksum-database', by: known.by }, h1, sha256 } };
}

async function obtain(request: InstallRequest, staging: Staging): Promise<Obtained> {
  const { release, platform, upstreams } = request;
  const name = toolchainName(renderGoVersion(release), platform);
  if (!upstreams.proxy && upstreams.indexUrl === undefined) throw noUpstream();
  const archive = findArchive(await upstreams.archives(), release, platform);
  const known = upstreams.proxy || hasReproducibleModule(release) ? await findSums(request) : undefined;
  if (upstreams.proxy && known) {
    try {
      return await obtainModule(request, staging, known);
    } catch (thrown) {
      const absent = isGofleetError(thrown) && thrown.code === 'resolve.proxy-not-found';
      if (!absent || !archive) throw thrown;
    }
  }
  if (!archive || (hasReproducibleModule(release) && !known)) throw noSuchRelease(name);
  return obtainArchive(request, staging, { archive, known });
}

/**
 * Installs a release unless it is there: fetched, verified, unpacked aside, then made visible by one rename.
 * @throws `resolve.no-upstream`, `resolve.no-such-go-version`, `resolve.wrong-checksum`, those of `lookUpSums`, of the proxies and of
 * the disk; nothing is left behind
 */
export async function installToolchain(request: InstallRequest): Promise<Installed> {
  const { release, platform } = request;
  const goVersion = renderGoVersion(release);
  const dir = toolchainDir(goVersion, platform);
  const there = await readToolchainRecord(dir);
  if (there) return { dir, record: there, already: true };
  return withStaging(toolchainsRoot(), async (staging) => {
    const { files, record } = await obtain(request, staging);
    const published = await publishToolchain({
      ...{ dir: staging.dir, target: dir, files },
      record: { goVersion, platform, ...record },
    });
    const now = published ?? (await readToolchainRecord(dir));
    if (now) return { dir, record: now, already: published === undefined };
    throw new GofleetError(
      'resolve.toolchain-no-record',
      `${dir} is there, but not as an installed toolchain`,
      {
        facts: { path: dir },
        hint: `remove it: gofleet toolchain uninstall ${goVersion.slice(2)}`,
      },
    );
  });
}

/** A release by its name, `go1.26.8`. */
export function releaseOf(goVersion: string): GoVersion {
  const release = parseGoVersion(goVersion);
  if (release) return release;
  throw noSuchRelease(goVersion);
}
