import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GofleetError } from '@gofleet/base/errors';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { createSumdbMemory } from '@gofleet/filesystem/sumdb-memory';
import { createGoProxyClient, type GoProxyClient } from '@gofleet/http/goproxy-client';
import { readAddress } from '@gofleet/http/read-address';
import { createSumdbRemote } from '@gofleet/http/sumdb-remote';
import { parseGoProxy, withoutSecrets } from '@gofleet/resolve/goproxy-path';
import type { ChecksumDatabase } from '@gofleet/resolve/sumdb/checksum-database';
import { parseGoSumdb } from '@gofleet/resolve/sumdb/gosumdb';
import { type IndexedArchive, parseArchiveIndex } from '@gofleet/resolve/toolchain/archive-index';
import type { ToolchainSource } from '@gofleet/resolve/toolchain/record';
import { type GoSettings, readGoSettings } from './go-settings.ts';

/** Where releases come from, and who vouches for them. */
export interface Upstreams {
  /** What records say of a module that came this way. */
  readonly kind: ToolchainSource['kind'];
  /** Lists and zips; `undefined` when GOPROXY names no address. */
  readonly proxy: GoProxyClient | undefined;
  /** As `proxy`, after the module cache of this machine. */
  readonly zips: GoProxyClient | undefined;
  readonly indexUrl: string | undefined;
  /** @throws `resolve.no-sumdb`, `resolve.malformed-verifier-key` */
  database(): ChecksumDatabase;
  /** The archives of the index; none when there is no index. */
  archives(): Promise<readonly IndexedArchive[]>;
}

const maxIndexBytes = 64 << 20;

function hasAddress(goproxy: string): boolean {
  return goproxy.trim() !== '' && /^(?:https?|file):/.test(parseGoProxy(goproxy)[0]?.url ?? '');
}

/** What was downloaded by `go` before lies in the module cache, in the form of a proxy; it is verified like everything else. */
function cacheFirst({ goproxy, goModCache }: GoSettings): string {
  if (goModCache === '') return goproxy;
  return `${pathToFileURL(join(goModCache, 'cache', 'download')).href},${goproxy}`;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function readIndex(url: string, signal: AbortSignal): Promise<IndexedArchive[]> {
  return parseArchiveIndex((await readAddress(url, { maxBytes: maxIndexBytes, signal })).toString('utf8'));
}

/** The upstreams that Go is configured to use, and an index of archives when `--index` or GOFLEET_GO_INDEX names one. */
export async function findUpstreams({
  index,
  signal,
}: {
  readonly index?: string;
  readonly signal: AbortSignal;
}): Promise<Upstreams> {
  const settings = await readGoSettings();
  const { goproxy, gosumdb, knownKeys } = settings;
  const indexUrl = index || process.env.GOFLEET_GO_INDEX || undefined;
  const asked = hasAddress(goproxy);
  return {
    kind: 'module',
    proxy: asked ? createGoProxyClient({ goproxy }) : undefined,
    zips: asked ? createGoProxyClient({ goproxy: cacheFirst(settings) }) : undefined,
    indexUrl,
    database: () => {
      const choice = parseGoSumdb(gosumdb, knownKeys);
      const memory = createSumdbMemory(join(cacheRoot(), 'sumdb', ...choice.key.name.split('/')));
      return { key: choice.key, remote: createSumdbRemote({ choice, goproxy }), memory, signal };
    },
    archives: once(async () => (indexUrl === undefined ? [] : readIndex(indexUrl, signal))),
  };
}

/** That neither GOPROXY nor an index says where releases are. */
export function noUpstream(): GofleetError {
  return new GofleetError(
    'resolve.no-upstream',
    'no upstream for Go releases: GOPROXY names no address, and there is no index of archives',
    {
      hint: 'set GOPROXY to a module proxy, or give --index ADDRESS (or GOFLEET_GO_INDEX), or install --from a bundle',
    },
  );
}

/** The address of an archive, beside its index. */
export function archiveUrl(indexUrl: string, filename: string): string {
  return String(new URL(filename, indexUrl.replace(/[?#].*$/, '')));
}

/** An address as records keep it. */
export const recordedAddress = withoutSecrets;
