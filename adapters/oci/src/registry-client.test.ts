import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collect } from '@gofleet/testkit/collect';
import { afterEach, expect, test, vi } from 'vitest';
import { RegistryClient } from './registry-client.ts';
import { blobOf, pushBlob } from './registry-push.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  vi.unstubAllGlobals();
});

/** A server on this machine that answers as told; returns its host and port. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

test('turned away for the moment it comes again after the time that it is told', async () => {
  let asked = 0;
  const registry = await serve((_request, response) => {
    asked += 1;
    response.writeHead(asked === 1 ? 429 : asked === 2 ? 503 : 200, { 'retry-after': '0' });
    response.end('{}');
  });
  expect(String((await new RegistryClient(registry).manifest('app', 'v1')).bytes)).toBe('{}');
  expect(asked).toBe(3);
});

test('a registry that keeps failing is told with its reason', async () => {
  const registry = await serve((_request, response) => {
    response.writeHead(503, { 'retry-after': '0' });
    response.end('{"errors":[{"code":"UNAVAILABLE","message":"down for repair"}]}');
  });
  await expect(new RegistryClient(registry).manifest('app', 'v1')).rejects.toMatchObject({
    code: 'oci.registry-refused',
    retry: 'later',
    message: expect.stringContaining('UNAVAILABLE: down for repair'),
  });
});

test('a blob behind a redirect, without the password going along; one that breaks off or is another', async () => {
  let seen: string | undefined = 'none yet';
  const store = await serve((request, response) => {
    seen = request.headers.authorization;
    response.end('blob');
  });
  const registry = await serve(({ url, headers }, response) => {
    if (headers.authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
    else if (url?.includes('cut')) {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begin', () => response.destroy());
    } else response.writeHead(307, { location: `http://${store}/blob` }).end();
  });
  const credentials = async () => ({ user: 'me', password: 's3cret' });
  const client = new RegistryClient(registry, { credentials });
  expect(Buffer.concat(await collect(client.blob('app', digestOf('blob')))).toString()).toBe('blob');
  expect(seen).toBeUndefined();
  await expect(collect(client.blob('app', digestOf('other')))).rejects.toMatchObject({
    code: 'oci.digest-mismatch',
  });
  await expect(collect(client.blob('app', 'cut'))).rejects.toMatchObject({
    code: 'oci.registry-unreachable',
  });
});

/** A place that a registry sends its clients to, which asks for a login of its own; `seen` has what it was told. */
async function serveThief(): Promise<{ host: string; seen: string[] }> {
  const seen: string[] = [];
  const host = await serve((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`);
    request.resume();
    const challenge = `Bearer realm="http://${host}/token",service="s"`;
    if (request.url?.startsWith('/token')) response.end('{"token":"t"}');
    else response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  return { host, seen };
}

test('a login that the target of a redirect asks for is not given', async () => {
  const thief = await serveThief();
  const registry = await serve(({ headers, url }, response) => {
    if (headers.authorization === undefined && url?.includes('team/'))
      response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
    else response.writeHead(307, { location: `http://${thief.host}/blob` }).end();
  });
  for (const repository of ['app', 'team/app']) {
    const client = new RegistryClient(registry, {
      credentials: async () => ({ user: 'me', password: 's3' }),
    });
    await expect(client.manifest(repository, 'v1')).rejects.toMatchObject({
      code: 'oci.registry-unauthorised',
    });
  }
  expect(thief.seen).toEqual(['/blob undefined', '/blob undefined']);
});

test('nor one that the host of an upload asks for', async () => {
  const thief = await serveThief();
  const registry = await serve(({ method }, response) => {
    if (method === 'HEAD') response.writeHead(404).end();
    else response.writeHead(202, { location: `http://${thief.host}/upload` }).end();
  });
  const client = new RegistryClient(registry, { credentials: async () => ({ user: 'me', password: 's3' }) });
  const pushed = pushBlob(client, 'app', blobOf('application/octet-stream', Buffer.from('blob')));
  await expect(pushed).rejects.toMatchObject({ code: 'oci.registry-unauthorised' });
  expect(thief.seen).toEqual([`/upload?digest=${encodeURIComponent(digestOf('blob'))} undefined`]);
});

test.each(['docker.io', 'index.docker.io', 'registry-1.docker.io'])(
  'Docker Hub, as %s, is asked where its API is',
  async (registry) => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (url: URL) => {
      asked.push(String(url));
      return new Response('', { status: 404 });
    });
    const client = new RegistryClient(registry);
    await expect(client.manifest('team/app', 'v1')).rejects.toThrow(`registry ${registry} does not have it`);
    expect(asked).toEqual(['https://registry-1.docker.io/v2/team/app/manifests/v1']);
  },
);

test('a login is looked up for the repository', async () => {
  const registry = await serve(({ headers }, response) => {
    if (headers.authorization === `Basic ${btoa(`me:${registry} team/app`)}`) response.end('{}');
    else response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
  });
  const credentials = async (...at: string[]) => ({ user: 'me', password: at.join(' ') });
  const { bytes } = await new RegistryClient(registry, { credentials }).manifest('team/app', 'v1');
  expect(String(bytes)).toBe('{}');
});

test('a password is not given to a token server without TLS elsewhere; endless answers are not read', async () => {
  const registry = await serve((request, response) => {
    if (request.url?.includes('endless')) {
      const timer = setInterval(() => response.write(Buffer.alloc(1 << 20)), 1);
      response.on('close', () => clearInterval(timer));
    } else {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.invalid/token"' }).end();
    }
  });
  const credentials = async () => ({ user: 'me', password: 's3cret' });
  const told: unknown[] = [];
  const { fetch } = globalThis;
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) => {
    if (url.hostname === 'tokens.invalid') told.push(init.headers);
    return fetch(url, init);
  });
  const asked = new RegistryClient(registry, { credentials }).manifest('app', 'v1');
  await expect(asked).rejects.toMatchObject({ code: 'oci.registry-unreachable' });
  expect(told).toEqual([{ 'user-agent': 'gofleet' }]);
  await expect(new RegistryClient(registry).manifest('endless', 'v1')).rejects.toMatchObject({
    code: 'oci.malformed-manifest',
  });
});

test.each(['no address', 'file:///etc/passwd', 'http://127.0.0.1:1/token'])(
  'a token server that there is not: %s',
  async (realm) => {
    const registry = await serve((_request, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end(),
    );
    await expect(new RegistryClient(registry).manifest('app', 'v1')).rejects.toMatchObject({
      code: 'oci.registry-unreachable',
    });
  },
);

test('an abort ends a request', async () => {
  const registry = await serve(() => undefined);
  const controller = new AbortController();
  const asked = new RegistryClient(registry, { signal: controller.signal }).manifest('app', 'v1');
  setTimeout(() => controller.abort(), 20);
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});
