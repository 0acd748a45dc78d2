import { Agent } from 'undici';
import type { KubeConnection } from './kube-connection.ts';

/** A pool of connections to an API server; to be destroyed when done. */
export function agentOf(connection: KubeConnection): Agent {
  const { ca, serverName, insecureSkipVerify, clientCertificate } = connection;
  return new Agent({
    keepAliveTimeout: 60_000,
    connect: {
      timeout: 10_000,
      keepAlive: true,
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
      ...clientCertificate,
    },
  });
}
