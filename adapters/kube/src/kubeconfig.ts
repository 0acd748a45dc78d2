import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { parse } from 'yaml';
import type { KubeConnection } from './kube-connection.ts';

interface Cluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
}

interface User {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly exec?: unknown;
  readonly 'auth-provider'?: unknown;
}

type Named<K extends string, V> = readonly ({ readonly name: string } & Readonly<Record<K, V>>)[];

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly clusters?: Named<'cluster', Cluster>;
  readonly users?: Named<'user', User>;
  readonly contexts?: Named<'context', { cluster: string; user: string; namespace?: string }>;
}

/** One context of a kubeconfig, with the cluster and the user that it names. */
export interface ChosenContext {
  readonly path: string;
  readonly context: string;
  readonly cluster: Cluster & { readonly server: string };
  readonly user: User;
  readonly namespace?: string;
  /** Whether the user's credentials come from a program or a provider. */
  readonly needsPlugin: boolean;
}

function parseDocument(text: string, path: string): Kubeconfig {
  try {
    // Warnings quote lines, and lines hold credentials.
    const value: unknown = parse(text, { logLevel: 'error' });
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw new GofleetError('kube.malformed-kubeconfig', `the kubeconfig ${path} is no YAML`, {
      facts: { path },
      // So do errors.
      cause: (cause as Error).name,
    });
  }
  throw new GofleetError('kube.malformed-kubeconfig', `the kubeconfig ${path} holds no object`, {
    facts: { path },
  });
}

/**
 * The chosen context of a kubeconfig's text.
 * @throws `kube.malformed-kubeconfig`, `kube.unknown-context`
 */
export function parseKubeconfig(text: string, source: { path: string; context?: string }): ChosenContext {
  const { path } = source;
  const config = parseDocument(text, path);
  const name = source.context ?? config['current-context'] ?? '';
  const context = config.contexts?.find((entry) => entry.name === name)?.context;
  if (!context) {
    const known = (config.contexts ?? []).map((entry) => entry.name).join(', ');
    throw new GofleetError('kube.unknown-context', `the kubeconfig ${path} has no context "${name}"`, {
      facts: { path, context: name },
      hint: known === '' ? 'the file has no contexts' : `it has ${known}`,
    });
  }
  const cluster = config.clusters?.find((entry) => entry.name === context.cluster)?.cluster;
  const user = config.users?.find((entry) => entry.name === context.user)?.user ?? {};
  if (!cluster?.server)
    throw new GofleetError(
      'kube.malformed-kubeconfig',
      `cluster "${context.cluster}" in ${path} has no server`,
      {
        facts: { path, context: name },
      },
    );
  return {
    path,
    context: name,
    cluster: { ...cluster, server: cluster.server },
    user,
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
    needsPlugin: user.exec !== undefined || user['auth-provider'] !== undefined,
  };
}

/** Embedded base64 wins over a file; relative files are beside the kubeconfig. */
async function readPem(
  data: string | undefined,
  file: string | undefined,
  path: string,
): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readFile(resolve(dirname(path), file), 'utf8');
}

async function authorizationOf(user: User, path: string): Promise<string | undefined> {
  if (user.tokenFile !== undefined)
    return `Bearer ${(await readFile(resolve(dirname(path), user.tokenFile), 'utf8')).trim()}`;
  if (user.token !== undefined) return `Bearer ${user.token}`;
  if (user.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
}

/**
 * The connection of a context whose credentials stand in files or in the kubeconfig itself.
 * @throws `kube.malformed-kubeconfig` when a named file cannot be read, or a proxy is asked for
 */
export async function connectionOf(chosen: ChosenContext): Promise<KubeConnection> {
  const { cluster, user, path } = chosen;
  const facts = { path, context: chosen.context };
  if (cluster['proxy-url'] !== undefined)
    throw new GofleetError('kube.malformed-kubeconfig', `proxy-url of ${path} is not supported`, { facts });
  try {
    const ca = await readPem(cluster['certificate-authority-data'], cluster['certificate-authority'], path);
    const cert = await readPem(user['client-certificate-data'], user['client-certificate'], path);
    const key = await readPem(user['client-key-data'], user['client-key'], path);
    return {
      server: cluster.server,
      ...(ca === undefined ? {} : { ca }),
      ...(cluster['tls-server-name'] === undefined ? {} : { serverName: cluster['tls-server-name'] }),
      ...(cluster['insecure-skip-tls-verify'] === true ? { insecureSkipVerify: true } : {}),
      ...(cert === undefined || key === undefined ? {} : { clientCertificate: { cert, key } }),
      ...(chosen.namespace === undefined ? {} : { namespace: chosen.namespace }),
      authorization: () => authorizationOf(user, path),
    };
  } catch (cause) {
    throw new GofleetError('kube.malformed-kubeconfig', `a file that ${path} names cannot be read`, {
      facts,
      cause,
    });
  }
}
