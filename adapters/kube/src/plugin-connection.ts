import { KubeConfig } from '@kubernetes/client-node';
import type { KubeConnection } from './kube-connection.ts';
import { type ChosenContext, connectionOf } from './kubeconfig.ts';

type HttpsOptions = Parameters<KubeConfig['applyToHTTPSOptions']>[0] & {
  headers?: Record<string, string>;
  cert?: string | Buffer;
  key?: string | Buffer;
};

const text = (value: string | Buffer | undefined): string | undefined => value?.toString();

/**
 * The connection of a context whose user has an `exec` plugin or an auth provider, as client-node runs them. In a file of its
 * own: importing client-node costs 0.6–0.9 s.
 */
export async function pluginConnection(source: string, chosen: ChosenContext): Promise<KubeConnection> {
  const config = new KubeConfig();
  config.loadFromString(source);
  config.setCurrentContext(chosen.context);
  const ask = async (): Promise<HttpsOptions> => {
    const options = { headers: {} } as HttpsOptions;
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const first = await ask();
  const [cert, key] = [text(first.cert), text(first.key)];
  return {
    ...(await connectionOf(chosen)),
    ...(cert === undefined || key === undefined ? {} : { clientCertificate: { cert, key } }),
    authorization: async () => {
      const headers = (await ask()).headers ?? {};
      return headers.Authorization ?? headers.authorization;
    },
  };
}
