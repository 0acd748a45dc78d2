import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { ensureInstalled } from '../identify/debian-tools.ts';
import { waitUntil } from '../inject/wait-until.ts';
import type { TokenServer } from './token-server.ts';

/** A container registry on this machine. */
export interface RegistryServer {
  /** Host and port. */
  readonly registry: string;
  /** Where it keeps what it has. */
  readonly storage: string;
  stop(): void;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function renderConfig(storage: string, address: string, tokens: TokenServer): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: storage } },
    http: { addr: address },
    auth: {
      token: {
        ...{ realm: tokens.realm, service: 'registry.test', issuer: 'tokens.test' },
        rootcertbundle: tokens.certificate,
      },
    },
  });
}

/** Starts the registry of Debian's `docker-registry`, which asks the token server whom to trust. */
export async function startRegistry(dir: string, tokens: TokenServer): Promise<RegistryServer> {
  const program = await ensureInstalled('/usr/bin/docker-registry', 'docker-registry');
  const [storage, config] = [join(dir, 'registry'), join(dir, 'registry.json')];
  const registry = `127.0.0.1:${await freePort()}`;
  mkdirSync(storage);
  writeFileSync(config, renderConfig(storage, registry, tokens));
  const child: ChildProcess = spawn(program, ['serve', config], { stdio: 'ignore' });
  const isUp = async (): Promise<boolean> =>
    await fetch(`http://${registry}/v2/`).then(
      ({ status }) => status === 401,
      () => false,
    );
  await waitUntil('the registry answers', isUp, { timeoutMs: 30_000 });
  return { registry, storage, stop: () => child.kill() };
}
