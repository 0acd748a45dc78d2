import { GofleetError } from '@gofleet/base/errors';
import { withoutSecrets } from '@gofleet/resolve/goproxy-path';

/** An answer of a proxy that is no result, as our error; `…unreachable` can be tried again. */
export function proxyError(
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

/** The error that a status other than 200 stands for. @param body - the beginning of the answer */
export function statusError(url: string, status: number, body: string): GofleetError {
  const why = `status ${status} ${body.split('\n')[0]?.slice(0, 160) ?? ''}`.trim();
  if (status === 404 || status === 410) return proxyError('resolve.proxy-not-found', url, { why, status });
  if (status >= 500 || status === 429) return proxyError('resolve.proxy-unreachable', url, { why, status });
  return proxyError('resolve.proxy-refused', url, { why, status });
}

/** The error that a failed read of a `file://` address stands for. */
export function fileAddressError(url: string, cause: unknown): GofleetError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return proxyError('resolve.proxy-not-found', url, { why: 'no such file' });
  return proxyError('resolve.proxy-refused', url, { why: message, cause });
}
