import { isGofleetError } from '@gofleet/base/errors';
import type { GoProxyEntry } from '@gofleet/resolve/goproxy-path';
import { proxyError } from './proxy-error.ts';

/** Whether the next entry is asked after a failure of this one. */
export function sendsOn(entry: GoProxyEntry, error: unknown): boolean {
  if (!isGofleetError(error)) return false;
  return entry.fallback === 'always' || error.code === 'resolve.proxy-not-found';
}

/** Whether an entry can be asked at all: `direct` and `off` cannot. */
export function isAddress({ url }: GoProxyEntry): boolean {
  return /^(?:https?|file):/.test(url);
}

/**
 * What the first proxy says that does not send on to the next: after a comma "not found" does, after a pipe any failure.
 * @throws the last failure; `resolve.proxy-unsupported` when there is only `direct` or `off`
 */
export async function tryProxies<T>(
  entries: readonly GoProxyEntry[],
  ask: (address: string) => Promise<T>,
): Promise<T> {
  let last: unknown;
  for (const entry of entries) {
    // What came before says more than that "direct" cannot be asked.
    if (!isAddress(entry)) break;
    try {
      return await ask(entry.url);
    } catch (thrown) {
      if (!sendsOn(entry, thrown)) throw thrown;
      last = thrown;
    }
  }
  throw (
    last ??
    proxyError('resolve.proxy-unsupported', entries[0]?.url ?? 'off', {
      why: 'it is asked over HTTP or as files only',
    })
  );
}
