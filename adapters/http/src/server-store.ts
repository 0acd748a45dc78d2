import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import type { RemoteOptions, RemoteStore } from '@gofleet/build/cacheprog/ports';
import { maxRemoteBytes, type RemoteKey, renderRemoteKey } from '@gofleet/build/cacheprog/remote-key';
import { type SentRequest, sendRequest } from './send-request.ts';

export interface ServerStoreOptions {
  /** Of `gofleet cache serve`, without a slash at the end. */
  readonly url: string;
  readonly token?: string;
}

type Listed = readonly { readonly sha256: Sha256; readonly sizeBytes: number }[];

function parseList(url: string, bytes: Uint8Array): Listed {
  try {
    const items = JSON.parse(Buffer.from(bytes).toString('utf8')) as Listed;
    if (items.every(({ sha256, sizeBytes }) => isSha256(sha256) && Number.isSafeInteger(sizeBytes)))
      return items;
  } catch {
    // Said below.
  }
  throw new GofleetError('build.remote-malformed', `${url}: expected a list of digests and sizes`);
}

/** A remote cache behind `gofleet cache serve`. */
export function createServerStore({ url, token }: ServerStoreOptions): RemoteStore {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const send = (
    method: SentRequest['method'],
    path: string,
    more: RemoteOptions & { readonly body?: Uint8Array },
  ): Promise<Uint8Array | undefined> =>
    sendRequest({ method, url: `${url}/v1/${path}`, headers, maxBytes: maxRemoteBytes, ...more });
  return {
    name: url,
    get: (key, options) => send('GET', renderRemoteKey(key), options),
    put: async (key, body, options) => void (await send('PUT', renderRemoteKey(key), { ...options, body })),
    remove: async (key: RemoteKey, options) => void (await send('DELETE', renderRemoteKey(key), options)),
    list: async (namespace, kind, options) => {
      const path = `${namespace}/${kind}/`;
      const bytes = await send('GET', path, options);
      return bytes === undefined ? [] : parseList(`${url}/v1/${path}`, bytes);
    },
  };
}
