import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';
import { isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import { urlWithoutUser } from './fetch-bounded.ts';
import { fileAddressError, proxyError, statusError } from './proxy-error.ts';

/** How a download is going. */
export interface DownloadProgress {
  readonly doneBytes: number;
  /** Unknown when the server does not say. */
  readonly totalBytes?: number;
}

export interface DownloadOptions {
  readonly maxBytes: number;
  /** How long the other side may be silent; default 60 s. */
  readonly idleMs?: number;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** What arrived. */
export interface Downloaded {
  /** In hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

interface Source {
  readonly stream: Readable;
  readonly totalBytes: number | undefined;
}

async function openFileAddress(url: string): Promise<Source> {
  const path = fileURLToPath(url);
  const { size } = await stat(path).catch((cause: unknown) => {
    throw fileAddressError(url, cause);
  });
  return { stream: createReadStream(path, { highWaterMark: 1 << 20 }), totalBytes: size };
}

async function openHttpAddress(address: string, signal: AbortSignal, userAgent: string): Promise<Source> {
  const { url, headers } = urlWithoutUser(address);
  // A body that arrives compressed would have another length than the header says.
  const response = await fetch(url, {
    headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...headers },
    signal,
  });
  if (response.status !== 200 || !response.body) {
    const body = await response.text().catch(() => '');
    throw statusError(address, response.status, body);
  }
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const stream = Readable.fromWeb(response.body as ReadableStream);
  return { stream, totalBytes: Number.isSafeInteger(length) ? length : undefined };
}

interface MeterOptions extends DownloadOptions {
  readonly totalBytes: number | undefined;
  readonly onData: () => void;
}

/** Counts and hashes what goes through, and ends when it is too much or nothing comes. */
class Meter extends Transform {
  readonly #hash = createHash('sha256');
  readonly #options: MeterOptions;
  sizeBytes = 0;

  constructor(options: MeterOptions) {
    super({ highWaterMark: 1 << 20 });
    this.#options = options;
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error: Error | null, data?: Buffer) => void,
  ): void {
    const { maxBytes, totalBytes, onProgress, onData } = this.#options;
    onData();
    this.sizeBytes += chunk.length;
    if (this.sizeBytes > maxBytes) {
      done(new Error(`more than ${maxBytes} bytes`));
      return;
    }
    this.#hash.update(chunk);
    onProgress?.({ doneBytes: this.sizeBytes, ...(totalBytes === undefined ? {} : { totalBytes }) });
    done(null, chunk);
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }
}

/** Whether it was our side that failed. */
const isDiskError = ({ syscall, path }: NodeJS.ErrnoException): boolean =>
  syscall === 'write' || (syscall === 'open' && path !== undefined);

/**
 * Writes what is at an address into a new file, hashing it on the way. The caller removes the file when this fails.
 * @throws `resolve.proxy-…` as `readAddress`, `filesystem.disk-full`, `filesystem.cannot-write`
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<Downloaded> {
  const { idleMs = 60_000, userAgent = 'gofleet', signal } = options;
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(new Error(`silent for ${idleMs} ms`)), idleMs);
  const stop = signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]);
  try {
    const source = await (url.startsWith('file://')
      ? openFileAddress(url)
      : openHttpAddress(url, stop, userAgent));
    const meter = new Meter({ ...options, totalBytes: source.totalBytes, onData: () => timer.refresh() });
    await pipeline(source.stream, meter, createWriteStream(path, { flags: 'wx', mode: 0o600 }), {
      signal: stop,
    });
    if (source.totalBytes !== undefined && meter.sizeBytes !== source.totalBytes) {
      throw new Error(`ended after ${meter.sizeBytes} of ${source.totalBytes} bytes`);
    }
    return { sha256: meter.sha256(), sizeBytes: meter.sizeBytes };
  } catch (thrown) {
    if (isGofleetError(thrown) || signal?.aborted) throw thrown;
    if (isDiskError(thrown as NodeJS.ErrnoException)) throw writeError(path, thrown);
    const why = (idle.signal.aborted ? (idle.signal.reason as Error) : (thrown as Error)).message;
    throw proxyError('resolve.proxy-unreachable', url, { why, cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}
