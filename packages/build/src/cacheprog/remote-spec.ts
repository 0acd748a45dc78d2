import { GofleetError } from '@gofleet/base/errors';

/** Where a remote cache is: our own server, or a bucket of an S3-compatible store. */
export type RemoteSpec =
  | { readonly kind: 'server'; readonly url: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

function malformed(why: string): GofleetError {
  return new GofleetError('build.malformed-remote', `a remote cache: ${why}`, {
    hint: 'name http://HOST:PORT of "gofleet cache serve", or s3://BUCKET/PREFIX',
  });
}

const bucketForm = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixForm = /^(?:[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*)?$/;

/**
 * A remote cache from its address: `http://…`, `https://…` or `s3://BUCKET/PREFIX`.
 * @throws `build.malformed-remote`, also for an address with a password in it: it would be in the environment and in logs
 */
export function parseRemoteSpec(text: string): RemoteSpec {
  if (!URL.canParse(text)) throw malformed('expected an address');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw malformed('expected an address without a password');
  if (url.search !== '' || url.hash !== '') throw malformed('expected an address without "?" and "#"');
  const path = url.pathname.replace(/^\/|\/$/g, '');
  if (url.protocol === 'http:' || url.protocol === 'https:') {
    return { kind: 'server', url: `${url.origin}${path === '' ? '' : `/${path}`}` };
  }
  if (url.protocol !== 's3:') throw malformed(`expected http, https or s3, found "${url.protocol}"`);
  if (!bucketForm.test(url.host)) throw malformed(`expected the name of a bucket, found "${url.host}"`);
  if (!prefixForm.test(path))
    throw malformed(`expected a prefix of letters, digits, . _ - and /, found "${path}"`);
  return { kind: 's3', bucket: url.host, prefix: path };
}
