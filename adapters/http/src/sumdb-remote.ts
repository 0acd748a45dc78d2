import { parseGoProxy } from '@gofleet/resolve/goproxy-path';
import type { SumdbChoice } from '@gofleet/resolve/sumdb/gosumdb';
import type { SumdbRemote } from '@gofleet/resolve/sumdb/ports';
import { readAddress } from './read-address.ts';
import { isAddress, sendsOn } from './try-proxies.ts';

const maxAnswerBytes = 1 << 20;

/** What a checksum database is asked through. */
export interface SumdbRemoteOptions {
  readonly choice: SumdbChoice;
  /** A GOPROXY value, or nothing. */
  readonly goproxy: string;
  readonly timeoutMs?: number;
}

/** The address of the first proxy that speaks for the database; `undefined` when every one sends on. */
async function findProxy(
  { choice, goproxy, timeoutMs }: SumdbRemoteOptions,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { name } = choice.key;
  const options = {
    maxBytes: maxAnswerBytes,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal ? { signal } : {}),
  };
  for (const entry of goproxy.trim() === '' ? [] : parseGoProxy(goproxy)) {
    if (!isAddress(entry)) return undefined;
    try {
      await readAddress(`${entry.url}/sumdb/${name}/supported`, options);
      return `${entry.url}/sumdb/${name}`;
    } catch (thrown) {
      if (!sendsOn(entry, thrown)) throw thrown;
    }
  }
  return undefined;
}

/**
 * The address to ask: the one that GOSUMDB names; else that of a proxy; else the database's own.
 * @see Go cmd/go/internal/modfetch/sumdb.go initBase (go1.26)
 */
async function findAddress(options: SumdbRemoteOptions, signal?: AbortSignal): Promise<string> {
  const { url, key } = options.choice;
  return url ?? (await findProxy(options, signal)) ?? `https://${key.name}`;
}

/**
 * A checksum database over HTTP or from files, through a proxy where one offers it.
 * @see https://go.dev/design/25530-sumdb#proxying-a-checksum-database
 */
export function createSumdbRemote(options: SumdbRemoteOptions): SumdbRemote {
  let address: Promise<string> | undefined;
  return {
    read: async (path, signal) => {
      address ??= findAddress(options, signal);
      const { timeoutMs } = options;
      return readAddress(`${await address}/${path}`, {
        maxBytes: maxAnswerBytes,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(signal === undefined ? {} : { signal }),
      });
    },
  };
}
