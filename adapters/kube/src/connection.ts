import { readFile } from 'node:fs/promises';
import { GofleetError } from '@gofleet/base/errors';
import type { KubeConnection } from './kube-connection.ts';
import { connectionOf, parseKubeconfig } from './kubeconfig.ts';

const serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount';
const tokenMaxAgeMs = 60_000;

/** Reads the token anew when the last reading is a minute old: kubelet rotates the file in place. */
function tokenReader(path: string): () => Promise<string> {
  let token = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (Date.now() - readAt > tokenMaxAgeMs) {
      token = (await readFile(path, 'utf8')).trim();
      readAt = Date.now();
    }
    return `Bearer ${token}`;
  };
}

/**
 * The connection that a pod has by its service account.
 * @throws `kube.not-in-cluster` when the host is absent or the service account is not mounted
 */
export async function inClusterConnection(service: {
  /** `KUBERNETES_SERVICE_HOST` */
  host: string | undefined;
  /** `KUBERNETES_SERVICE_PORT` */
  port: string | undefined;
  dir?: string;
}): Promise<KubeConnection> {
  const { host, port = '443', dir = serviceAccountDir } = service;
  const hint = 'give --kubeconfig to run outside a cluster';
  if (!host) throw new GofleetError('kube.not-in-cluster', 'KUBERNETES_SERVICE_HOST is not set', { hint });
  try {
    const [ca, namespace] = await Promise.all(
      ['ca.crt', 'namespace'].map((file) => readFile(`${dir}/${file}`, 'utf8')),
    );
    return {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      ...(ca === undefined ? {} : { ca }),
      ...(namespace === undefined ? {} : { namespace: namespace.trim() }),
      authorization: tokenReader(`${dir}/token`),
    };
  } catch (cause) {
    throw new GofleetError('kube.not-in-cluster', `the service account in ${dir} cannot be read`, {
      facts: { dir },
      cause,
      hint,
    });
  }
}

/**
 * The connection of a context (default: the current one) of a kubeconfig file. Contexts whose user needs a credential plugin are
 * answered by `@kubernetes/client-node`, which is loaded only then.
 * @throws `kube.no-kubeconfig`, `kube.malformed-kubeconfig`, `kube.unknown-context`
 */
export async function kubeconfigConnection(source: {
  path: string;
  context?: string;
}): Promise<KubeConnection> {
  const { path, context } = source;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new GofleetError('kube.no-kubeconfig', `the kubeconfig ${path} cannot be read`, {
      facts: { path },
      cause,
      hint: 'give --kubeconfig FILE, or set KUBECONFIG',
    });
  }
  const chosen = parseKubeconfig(text, { path, ...(context === undefined ? {} : { context }) });
  if (!chosen.needsPlugin) return connectionOf(chosen);
  const { pluginConnection } = await import('./plugin-connection.ts');
  return pluginConnection(text, chosen);
}
