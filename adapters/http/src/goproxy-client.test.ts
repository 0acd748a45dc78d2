import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGoProxyClient } from './goproxy-client.ts';
import { resolveGoVersion } from './resolve-go-version.ts';

/** A proxy whose first path element is the status that it answers with; `200` serves two toolchains. */
let server: Server;
let base: string;
const asked: { url: string; authorization: string | undefined }[] = [];

const bodies: Readonly<Record<string, string>> = {
  'golang.org/toolchain/@v/list': 'v0.0.1-go1.26.8.linux-amd64\nv0.0.1-go1.25.3.linux-amd64\n',
  'golang.org/toolchain/@v/v0.0.1-go1.26.7.linux-amd64.info': '{"Version":"v0.0.1-go1.26.7.linux-amd64"}',
  'example.com/!big/@v/list': 'x'.repeat(20 << 20),
  'example.com/broken/@v/v1.0.0.info': '<html>',
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push({ url, authorization: request.headers.authorization });
    const [, status = '', ...rest] = url.split('/');
    const body = bodies[rest.join('/')];
    if (status === 'silent') return;
    response.writeHead(status === '200' && body === undefined ? 404 : Number(status));
    response.end(status === '200' ? (body ?? 'not found: no such thing') : 'because');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const toolchain = 'golang.org/toolchain';
const clientOf = (goproxy: string, timeoutMs = 5000): ReturnType<typeof createGoProxyClient> =>
  createGoProxyClient({ goproxy: goproxy.replaceAll('~', base), timeoutMs });

test.each([
  ['~/404,~/200', undefined],
  ['~/410,~/200', undefined],
  ['~/403,~/200', 'resolve.proxy-refused'],
  ['~/500,~/200', 'resolve.proxy-unreachable'],
  ['~/403|~/200', undefined],
  ['~/500|~/200', undefined],
  ['http://127.0.0.1:1|~/200', undefined],
  ['http://127.0.0.1:1,~/200', 'resolve.proxy-unreachable'],
  ['~/404,~/410', 'resolve.proxy-not-found'],
  ['~/404,direct', 'resolve.proxy-not-found'],
  ['direct', 'resolve.proxy-unsupported'],
  ['off', 'resolve.proxy-unsupported'],
])('%s: %s', async (goproxy, code) => {
  const list = clientOf(goproxy).list(toolchain);
  if (code === undefined) expect(await list).toContain('go1.26.8');
  else await expect(list).rejects.toMatchObject({ code });
});

test('a network failure can be tried again, a refusal cannot', async () => {
  await expect(clientOf('http://127.0.0.1:1').list(toolchain)).rejects.toMatchObject({ retry: 'later' });
  await expect(clientOf('~/403').list(toolchain)).rejects.toMatchObject({ retry: 'never' });
});

test('answers are bounded in size and time, and checked', async () => {
  await expect(clientOf('~/200').list('example.com/Big')).rejects.toThrow('longer than');
  await expect(clientOf('~/silent', 200).list(toolchain)).rejects.toMatchObject({
    code: 'resolve.proxy-unreachable',
  });
  await expect(clientOf('~/200').info('example.com/broken', 'v1.0.0')).rejects.toMatchObject({
    code: 'resolve.proxy-malformed',
  });
});

test('a password is sent as a header and never shown', async () => {
  const withUser = base.replace('http://', 'http://user:secret@');
  const failure = await clientOf(`${withUser}/403`)
    .list(toolchain)
    .catch((thrown) => thrown);
  expect(asked.at(-1)?.authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
  expect(JSON.stringify([failure.message, failure.facts])).not.toContain('secret');
});

const platform = { os: 'linux', arch: 'amd64' };

test('constraints mean the newest listed release, exact versions need not be listed', async () => {
  const client = clientOf('~/200');
  expect(await resolveGoVersion('>=1.25 <1.27', { client, ...platform })).toEqual({ goVersion: 'go1.26.8' });
  expect(await resolveGoVersion('1.26.7', { client, ...platform })).toEqual({ goVersion: 'go1.26.7' });
});

test('a release that does not exist', async () => {
  for (const goproxy of ['~/200', '~/403']) {
    const wish = resolveGoVersion('1.99.9', { client: clientOf(goproxy), ...platform });
    await expect(wish).rejects.toMatchObject({ code: 'resolve.no-such-go-version' });
  }
  const range = resolveGoVersion('>=1.99', { client: clientOf('~/200'), ...platform });
  await expect(range).rejects.toMatchObject({ code: 'resolve.no-such-go-version' });
});
