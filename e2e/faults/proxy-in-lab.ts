import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { KubeClient } from '@gofleet/kube/client';
import { type LabState, labExec } from '@gofleet/lab/lab';
import type { ProxyFault } from '@gofleet/testkit/fault-proxy';
import type { ServedProxy } from '@gofleet/testkit/serve-fault-proxy';

/** The address of the lab's node, which the API server's certificate names. */
const node = '10.200.0.1';
const port = 7443;

export interface ProxyInLab {
  /** Begins a fault, or ends the last one; answers how many connections or answers each has met. */
  use(fault: ProxyFault | undefined): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

async function connectTo(control: string) {
  for (let turn = 0; turn < 100; turn += 1) {
    const socket = createConnection(control);
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      await sleep(100);
    }
  }
  throw new Error(`the fault proxy does not answer at ${control}`);
}

/** Starts a proxy in front of the lab's API server, in the lab's own network, with the API server's own certificate. */
export async function startProxyInLab(lab: LabState, seed: number): Promise<ProxyInLab> {
  const control = join(tmpdir(), `gofleet-faults-${process.pid}.sock`);
  await rm(control, { force: true });
  const pki = (file: string): string => join(lab.dir, 'pki', file);
  const served: ServedProxy = {
    listen: { host: node, port },
    files: { cert: pki('apiserver.crt'), key: pki('apiserver.key'), ca: pki('ca.crt') },
    upstream: `https://${node}:6443`,
    ...{ seed, control },
  };
  const program = fileURLToPath(import.meta.resolve('@gofleet/testkit/serve-fault-proxy'));
  // It ends when the connection to its control socket does.
  const ended = labExec(lab.name, [process.execPath, program, JSON.stringify(served)]);
  const socket = await Promise.race([
    connectTo(control),
    ended.then(({ stderr }) => Promise.reject(new Error(`the fault proxy ended: ${stderr}`))),
  ]);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    use: async (fault) => {
      socket.write(`${JSON.stringify({ use: fault ?? null })}\n`);
      return JSON.parse((await lines.next()).value ?? '{}') as Record<string, number>;
    },
    close: async () => {
      socket.destroy();
      await ended;
      await rm(control, { force: true });
    },
  };
}

const apps = '/apis/apps/v1/namespaces/gofleet-system';
/** What tells a pod of the lab to take the proxy for the API server. */
export const addressInLab = [
  { name: 'KUBERNETES_SERVICE_HOST', value: node },
  { name: 'KUBERNETES_SERVICE_PORT', value: String(port) },
];

/** Sends what gofleet's pods say to the API server through the proxy. */
export async function leadThroughProxy(client: KubeClient): Promise<void> {
  const roles = { controller: 'deployments', builder: 'deployments', node: 'daemonsets' };
  for (const [name, kind] of Object.entries(roles)) {
    const spec = { template: { spec: { containers: [{ name, env: addressInLab }] } } };
    await client.patch(`${apps}/${kind}/gofleet-${name}`, { spec }, { type: 'strategic' });
  }
}
