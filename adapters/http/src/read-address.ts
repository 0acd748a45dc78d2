import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isGofleetError } from '@gofleet/base/errors';
import { fetchBounded } from './fetch-bounded.ts';
import { fileAddressError, proxyError, statusError } from './proxy-error.ts';

/** How much is read, and how long is waited for it. */
export interface ReadOptions {
  readonly maxBytes: number;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
}

async function readFileAddress(url: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(fileURLToPath(url), 'r').catch((cause: unknown) => {
    throw fileAddressError(url, cause);
  });
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw new Error(`the file is longer than ${maxBytes} bytes`);
    return await handle.readFile();
  } catch (cause) {
    throw proxyError('resolve.proxy-refused', url, { why: (cause as Error).message, cause });
  } finally {
    await handle.close();
  }
}

async function readHttpAddress(url: string, options: ReadOptions): Promise<Buffer> {
  const { maxBytes, timeoutMs = 30_000, userAgent = 'gofleet', signal } = options;
  try {
    const { status, body } = await fetchBounded(url, {
      maxBytes,
      timeoutMs,
      headers: { 'user-agent': userAgent },
      ...(signal === undefined ? {} : { signal }),
    });
    if (status === 200) return body;
    throw statusError(url, status, body.toString('utf8', 0, 1000));
  } catch (thrown) {
    if (isGofleetError(thrown) || signal?.aborted) throw thrown;
    throw proxyError('resolve.proxy-unreachable', url, { why: (thrown as Error).message, cause: thrown });
  }
}

/**
 * What is at an `http://`, `https://` or `file://` address, all of it.
 * @throws `resolve.proxy-not-found`, `resolve.proxy-refused`, `resolve.proxy-unreachable`, `resolve.proxy-unsupported` for other
 * addresses
 */
export async function readAddress(url: string, options: ReadOptions): Promise<Buffer> {
  if (url.startsWith('file://')) return readFileAddress(url, options.maxBytes);
  if (/^https?:/.test(url)) return readHttpAddress(url, options);
  throw proxyError('resolve.proxy-unsupported', url, { why: 'it is asked over HTTP or as files only' });
}
