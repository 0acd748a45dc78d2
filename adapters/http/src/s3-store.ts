import { createHash } from 'node:crypto';
import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import type { RemoteOptions, RemoteStore } from '@gofleet/build/cacheprog/ports';
import { maxRemoteBytes, renderRemoteKey } from '@gofleet/build/cacheprog/remote-key';
import { AwsV4Signer } from 'aws4fetch';
import { type SentRequest, sendRequest } from './send-request.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string;
  readonly region: string;
  /** `http://127.0.0.1:9000` of a store that is not AWS; buckets are then in the path. */
  readonly endpoint?: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

type Listed = { readonly sha256: Sha256; readonly sizeBytes: number };

const maxListBytes = 4 << 20;
/** A listing has a thousand keys a page; an index has a dozen, since segments are merged. */
const maxPages = 10;

function textOf(xml: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text: string): string => text.replace(/&(\w+);/g, (all, name) => entities[name] ?? all);

/** Digests and sizes of a page of ListObjectsV2, and where the next one begins. */
function parsePage(xml: string): { readonly items: Listed[]; readonly next: string | undefined } {
  const items = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].flatMap(([, content = '']) => {
    const sha256 = textOf(content, 'Key')?.split('/').at(-1) ?? '';
    const sizeBytes = Number(textOf(content, 'Size'));
    return isSha256(sha256) && Number.isSafeInteger(sizeBytes) ? [{ sha256, sizeBytes }] : [];
  });
  const isCut = textOf(xml, 'IsTruncated') === 'true';
  const next = textOf(xml, 'NextContinuationToken');
  return { items, next: isCut && next !== undefined ? unescapeXml(next) : undefined };
}

/**
 * A remote cache in a bucket of an S3-compatible store. Requests are signed with Signature Version 4, body included, so that the
 * store refuses what was damaged on the way.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function createS3Store(options: S3StoreOptions): RemoteStore {
  const { bucket, prefix, region, endpoint, credentials } = options;
  const base =
    endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com` : `${endpoint}/${bucket}`;
  const under = prefix === '' ? '' : `${prefix}/`;

  async function send(
    method: SentRequest['method'],
    url: string,
    more: RemoteOptions & { readonly body?: Uint8Array; readonly maxBytes?: number },
  ): Promise<Uint8Array | undefined> {
    const sha256 = createHash('sha256')
      .update(more.body ?? '')
      .digest('hex');
    const signer = new AwsV4Signer({
      ...{ method, url, region, ...credentials, service: 's3', retries: 0 },
      headers: { 'x-amz-content-sha256': sha256 },
    });
    const signed = await signer.sign();
    return sendRequest({
      ...{ method, url: String(signed.url), maxBytes: maxRemoteBytes, ...more },
      headers: Object.fromEntries(signed.headers),
    });
  }

  return {
    name: `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`,
    get: (key, { signal }) => send('GET', `${base}/${under}${renderRemoteKey(key)}`, { signal }),
    put: async (key, body, { signal }) =>
      void (await send('PUT', `${base}/${under}${renderRemoteKey(key)}`, { signal, body })),
    remove: async (key, { signal }) =>
      void (await send('DELETE', `${base}/${under}${renderRemoteKey(key)}`, { signal })),
    list: async (namespace, kind, { signal }) => {
      const found: Listed[] = [];
      let next: string | undefined;
      for (let page = 0; page < maxPages; page++) {
        const query = new URLSearchParams({ 'list-type': '2', prefix: `${under}${namespace}/${kind}/` });
        if (next !== undefined) query.set('continuation-token', next);
        const bytes = await send('GET', `${base}?${query}`, { signal, maxBytes: maxListBytes });
        if (bytes === undefined) {
          throw new GofleetError('build.remote-refused', `s3://${bucket}: there is no such bucket`, {
            hint: 'make the bucket, or check AWS_ENDPOINT_URL and AWS_REGION',
          });
        }
        const { items, next: following } = parsePage(Buffer.from(bytes).toString('utf8'));
        found.push(...items);
        if (following === undefined) return found;
        next = following;
      }
      return found;
    },
  };
}
