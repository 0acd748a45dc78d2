import { GofleetError } from '@gofleet/base/errors';
import type { RemoteStore } from '@gofleet/build/cacheprog/ports';
import type { RemoteSpec } from '@gofleet/build/cacheprog/remote-spec';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The store that an address names, with the credentials of the environment.
 * @throws `cli.no-credentials`
 */
export async function openRemoteStore(spec: RemoteSpec, env: Env): Promise<RemoteStore> {
  if (spec.kind === 'server') {
    const { createServerStore } = await import('@gofleet/http/server-store');
    const token = env.GOFLEET_CACHEPROG_TOKEN;
    return createServerStore({ url: spec.url, ...(token ? { token } : {}) });
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new GofleetError('cli.no-credentials', `s3://${spec.bucket}: there are no credentials`, {
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    });
  }
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const { createS3Store } = await import('@gofleet/http/s3-store');
  return createS3Store({
    ...{ bucket: spec.bucket, prefix: spec.prefix },
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1',
    ...(endpoint ? { endpoint: endpoint.replace(/\/$/, '') } : {}),
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
    },
  });
}
