import { rm } from 'node:fs/promises';
import { parseGoProxy, versionFilePath, versionListPath } from '@gofleet/resolve/goproxy-path';
import { type Downloaded, type DownloadOptions, download } from './download.ts';
import { proxyError } from './proxy-error.ts';
import { readAddress } from './read-address.ts';
import { tryProxies } from './try-proxies.ts';

/** What a proxy says of a version. */
export interface ModuleInfo {
  readonly version: string;
  /** RFC 3339, when the proxy tells. */
  readonly time?: string;
}

/** A module zip that arrived, and from which address. */
export interface DownloadedZip extends Downloaded {
  readonly url: string;
}

/** Asks module proxies, in the order and with the fallbacks of GOPROXY. */
export interface GoProxyClient {
  /** The text of a module's list of versions: one per line, without order, not always complete. */
  list(module: string, signal?: AbortSignal): Promise<string>;
  info(module: string, version: string, signal?: AbortSignal): Promise<ModuleInfo>;
  /**
   * Writes the zip of a version into a new file, which is not there when it fails.
   * @throws as `list`, and `filesystem.disk-full`, `filesystem.cannot-write`
   */
  download(
    target: { readonly module: string; readonly version: string; readonly path: string },
    options?: Pick<DownloadOptions, 'signal' | 'onProgress'>,
  ): Promise<DownloadedZip>;
}

export interface GoProxyOptions {
  /** A GOPROXY value. */
  readonly goproxy: string;
  readonly userAgent?: string;
  /** For each small request, and for how long a download may be silent; default 30 s and 60 s. */
  readonly timeoutMs?: number;
}

const maxListBytes = 16 << 20;
const maxInfoBytes = 64 << 10;
/** @see Go cmd/go/internal/modfetch/codehost MaxZipFile */
const maxZipBytes = 500 << 20;

function parseInfo(text: string, url: string): ModuleInfo {
  try {
    const { Version, Time } = JSON.parse(text) as { Version?: unknown; Time?: unknown };
    if (typeof Version !== 'string') throw new Error('no Version');
    return { version: Version, ...(typeof Time === 'string' ? { time: Time } : {}) };
  } catch (cause) {
    throw proxyError('resolve.proxy-malformed', url, { why: 'expected JSON with a Version', cause });
  }
}

/**
 * A client for the proxies of a GOPROXY value. Its calls throw `resolve.proxy-not-found`, `resolve.proxy-refused` (403 and other
 * final answers), `resolve.proxy-unreachable` (retry later), `resolve.proxy-unsupported` (`direct`, `off`),
 * `resolve.proxy-malformed`.
 * @throws `resolve.malformed-goproxy`
 * @see https://go.dev/ref/mod#goproxy-protocol
 */
export function createGoProxyClient({ goproxy, userAgent, timeoutMs }: GoProxyOptions): GoProxyClient {
  const entries = parseGoProxy(goproxy);
  const common = { ...(userAgent === undefined ? {} : { userAgent }) };
  const patience = timeoutMs === undefined ? {} : { timeoutMs };
  const get = async (path: string, maxBytes: number, signal?: AbortSignal): Promise<string> => {
    const options = { ...common, ...patience, maxBytes, ...(signal === undefined ? {} : { signal }) };
    const bytes = await tryProxies(entries, (address) => readAddress(`${address}/${path}`, options));
    return bytes.toString('utf8');
  };
  return {
    list: (module, signal) => get(versionListPath(module), maxListBytes, signal),
    info: async (module, version, signal) => {
      const path = versionFilePath(module, version, 'info');
      return parseInfo(await get(path, maxInfoBytes, signal), path);
    },
    download: ({ module, version, path }, options = {}) =>
      tryProxies(entries, async (address) => {
        const url = `${address}/${versionFilePath(module, version, 'zip')}`;
        const idle = timeoutMs === undefined ? {} : { idleMs: timeoutMs };
        try {
          return {
            url,
            ...(await download(url, path, { ...common, ...idle, ...options, maxBytes: maxZipBytes })),
          };
        } catch (thrown) {
          await rm(path, { force: true });
          throw thrown;
        }
      }),
  };
}
