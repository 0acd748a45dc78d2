import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import {
  type GoProxyEntry,
  parseGoProxy,
  versionFilePath,
  versionListPath,
  withoutSecrets,
} from '@gofleet/resolve/goproxy-path';
import { fetchBounded } from './fetch-bounded.ts';

/** What a proxy says of a version. */
export interface ModuleInfo {
  readonly version: string;
  /** RFC 3339, when the proxy tells. */
  readonly time?: string;
}

/** Asks module proxies, in the order and with the fallbacks of GOPROXY. */
export interface GoProxyClient {
  /** The text of a module's list of versions: one per line, without order, not always complete. */
  list(module: string, signal?: AbortSignal): Promise<string>;
  info(module: string, version: string, signal?: AbortSignal): Promise<ModuleInfo>;
}

export interface GoProxyOptions {
  /** A GOPROXY value. */
  readonly goproxy: string;
  readonly userAgent?: string;
  /** For each request; default 30 s. */
  readonly timeoutMs?: number;
}

const maxListBytes = 16 << 20;
const maxInfoBytes = 64 << 10;

function fail(
  code: string,
  url: string,
  parts: { why: string; status?: number; cause?: unknown },
): GofleetError {
  const later = code === 'resolve.proxy-unreachable';
  return new GofleetError(code, `${withoutSecrets(url)}: ${parts.why}`, {
    facts: { url: withoutSecrets(url), ...(parts.status === undefined ? {} : { status: parts.status }) },
    retry: later ? 'later' : 'never',
    ...(later ? { hint: 'check GOPROXY and the network, then try again' } : {}),
    ...(parts.cause === undefined ? {} : { cause: parts.cause }),
  });
}

/** The body of an answer; every other status is the error that it stands for. */
function bodyOf(url: string, answer: { status: number; body: string }): string {
  const { status, body } = answer;
  if (status === 200) return body;
  const why = `status ${status} ${body.split('\n')[0]?.slice(0, 160) ?? ''}`.trim();
  if (status === 404 || status === 410) throw fail('resolve.proxy-not-found', url, { why, status });
  if (status >= 500 || status === 429) throw fail('resolve.proxy-unreachable', url, { why, status });
  throw fail('resolve.proxy-refused', url, { why, status });
}

async function ask(
  entry: GoProxyEntry,
  path: string,
  request: { readonly maxBytes: number; readonly options: GoProxyOptions; readonly signal?: AbortSignal },
): Promise<string> {
  const { options, maxBytes, signal } = request;
  if (!/^https?:/.test(entry.url)) {
    throw fail('resolve.proxy-unsupported', entry.url, { why: `${path} is asked for over HTTP only` });
  }
  const url = `${entry.url}/${path}`;
  try {
    const answer = await fetchBounded(url, {
      maxBytes,
      timeoutMs: options.timeoutMs ?? 30_000,
      headers: { 'user-agent': options.userAgent ?? 'gofleet' },
      ...(signal === undefined ? {} : { signal }),
    });
    return bodyOf(url, answer);
  } catch (thrown) {
    if (isGofleetError(thrown) || signal?.aborted) throw thrown;
    throw fail('resolve.proxy-unreachable', url, { why: (thrown as Error).message, cause: thrown });
  }
}

function mayGoOn(entry: GoProxyEntry, error: unknown): boolean {
  if (!isGofleetError(error)) return false;
  return entry.fallback === 'always' || error.code === 'resolve.proxy-not-found';
}

function parseInfo(text: string, url: string): ModuleInfo {
  try {
    const { Version, Time } = JSON.parse(text) as { Version?: unknown; Time?: unknown };
    if (typeof Version !== 'string') throw new Error('no Version');
    return { version: Version, ...(typeof Time === 'string' ? { time: Time } : {}) };
  } catch (cause) {
    throw fail('resolve.proxy-malformed', url, { why: 'expected JSON with a Version', cause });
  }
}

/**
 * A client for the proxies of a GOPROXY value. Its calls throw `resolve.proxy-not-found`, `resolve.proxy-refused` (403 and other
 * final answers), `resolve.proxy-unreachable` (retry later), `resolve.proxy-unsupported` (`direct`, `off`, files),
 * `resolve.proxy-malformed`.
 * @throws `resolve.malformed-goproxy`
 * @see https://go.dev/ref/mod#goproxy-protocol
 */
export function createGoProxyClient(options: GoProxyOptions): GoProxyClient {
  const entries = parseGoProxy(options.goproxy);
  const get = async (path: string, maxBytes: number, signal?: AbortSignal): Promise<string> => {
    let last: unknown;
    for (const entry of entries) {
      // What came before says more than that "direct" cannot be asked.
      if (last !== undefined && !/^https?:/.test(entry.url)) break;
      try {
        return await ask(entry, path, { maxBytes, options, ...(signal === undefined ? {} : { signal }) });
      } catch (thrown) {
        if (!mayGoOn(entry, thrown)) throw thrown;
        last = thrown;
      }
    }
    throw last;
  };
  return {
    list: (module, signal) => get(versionListPath(module), maxListBytes, signal),
    info: async (module, version, signal) => {
      const path = versionFilePath(module, version, 'info');
      return parseInfo(await get(path, maxInfoBytes, signal), path);
    },
  };
}
