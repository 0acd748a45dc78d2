import { Resolver } from 'node:dns/promises';
import { createConnection } from 'node:net';
import { addresses } from './addresses.ts';

/** Whether somebody takes connections at that address. */
export function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 500 });
    const say = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', say(true));
    socket.once('timeout', say(false));
    socket.once('error', say(false));
  });
}

/** Whether a Node object (JSON) is Ready and keeps no pod away. */
export function isNodeReady(body: string): boolean {
  const node = JSON.parse(body || '{}') as {
    spec?: { taints?: unknown[] };
    status?: { conditions?: { type: string; status: string }[] };
  };
  const ready =
    node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return ready && (node.spec?.taints ?? []).length === 0;
}

/** A question to the cluster's DNS, through its Service: does the API server's name give its address? */
export function createDnsCheck(): () => Promise<boolean> {
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([addresses.dnsService]);
  return () =>
    resolver.resolve4(`kubernetes.default.svc.${addresses.clusterDomain}`).then(
      (found) => found[0] === addresses.kubernetesService,
      () => false,
    );
}
