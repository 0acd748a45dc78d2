import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sendRequest } from './send-request.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const { signal } = new AbortController();
const get = (url: string): Promise<Uint8Array | undefined> =>
  sendRequest({ method: 'GET', url, headers: {}, maxBytes: 1000, signal });

test('a body goes there and comes back with its headers', async () => {
  const url = await serve((request, response) => {
    response.writeHead(200, { 'x-length': request.headers['content-length'] });
    request.pipe(response);
  });
  const body = Buffer.alloc(1000, 'b');
  const put = { method: 'PUT', url, headers: {}, body, maxBytes: 1000, signal } as const;
  expect(Buffer.from((await sendRequest(put)) ?? '')).toEqual(body);
  await expect(sendRequest({ ...put, body: Buffer.alloc(1001) })).rejects.toMatchObject({
    code: 'build.remote-malformed',
  });
});

test('what is not there is not an error, and a redirect is not followed', async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(request.url === '/v1' ? 404 : 302, { location: '/elsewhere' }).end();
  });
  expect(await get(url)).toBeUndefined();
  await expect(get(`${url}/moved`)).rejects.toMatchObject({ code: 'build.remote-refused', retry: 'never' });
  expect(asked).toEqual(['/v1', '/v1/moved']);
});

test('a connection that was kept and is closed meanwhile is made again; a fresh one that is cut is not', async () => {
  let count = 0;
  const url = await serve((request, response) => {
    count += 1;
    if (request.url === '/v1/cut' || count === 2) request.socket.destroy();
    else response.end(`${count}`);
  });
  expect(String(Buffer.from((await get(url)) ?? ''))).toBe('1');
  expect(String(Buffer.from((await get(url)) ?? ''))).toBe('3');
  await expect(get(`${url}/cut`)).rejects.toMatchObject({ code: 'build.remote-unreachable', retry: 'later' });
});

test('a request that is given up ends', async () => {
  const url = await serve(() => undefined);
  const given = AbortSignal.timeout(50);
  await expect(
    sendRequest({ method: 'GET', url, headers: {}, maxBytes: 1, signal: given }),
  ).rejects.toMatchObject({
    code: 'build.remote-unreachable',
  });
});
