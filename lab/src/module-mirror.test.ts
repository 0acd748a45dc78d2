import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createModuleMirror } from './module-mirror.ts';

const asked: { url: string | undefined; authorization: string | undefined }[] = [];
const upstream = createServer((request, response) => {
  asked.push({ url: request.url, authorization: request.headers.authorization });
  if (request.url?.endsWith('.info')) response.end('{}');
  else if (request.url?.endsWith('.mod')) response.end(Buffer.alloc(17 * 1024 * 1024));
  else response.writeHead(410).end('gone');
});
let mirror: Server;
let base: string;

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

beforeAll(async () => {
  const port = await listen(upstream);
  mirror = createModuleMirror({ proxy: `http://user:p%40ss@127.0.0.1:${port}` });
  base = `http://127.0.0.1:${await listen(mirror)}`;
});
afterAll(() => {
  upstream.close();
  mirror.close();
});

test('an answer and its status are passed on, the name and password of GOPROXY as a header', async () => {
  const found = await fetch(`${base}/m.test/a/@v/v1.0.0.info`);
  expect([found.status, await found.text()]).toEqual([200, '{}']);
  expect(asked.at(-1)).toEqual({
    url: '/m.test/a/@v/v1.0.0.info',
    authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
  });
  expect((await fetch(`${base}/m.test/a/@v/v9.0.0.zip`)).status).toBe(410);
});

test('a body over its bound is cut off, not passed on', async () => {
  const found = await fetch(`${base}/m.test/a/@v/v1.0.0.mod`);
  await expect(found.arrayBuffer()).rejects.toThrow();
});

test('other methods and paths are refused without asking', async () => {
  const before = asked.length;
  expect((await fetch(`${base}/m.test/a/@latest`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${base}/favicon.ico`)).status).toBe(404);
  expect(asked.length).toBe(before);
});

test('a proxy without a checksum database is gone past', async () => {
  const sumdb = createServer((_request, response) => response.end('from the database'));
  const [proxyPort, sumdbPort] = [(upstream.address() as AddressInfo).port, await listen(sumdb)];
  const both = createModuleMirror({
    proxy: `http://127.0.0.1:${proxyPort}`,
    sumdb: { name: 'sum.test', url: `http://127.0.0.1:${sumdbPort}` },
  });
  const found = await fetch(`http://127.0.0.1:${await listen(both)}/sumdb/sum.test/latest`);
  expect([found.status, await found.text()]).toEqual([200, 'from the database']);
  expect(asked.at(-1)?.url).toBe('/sumdb/sum.test/latest');
  both.close();
  sumdb.close();
});

test('modules of a folder are found before those of the upstream', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gofleet-mirror-'));
  mkdirSync(join(folder, 'm.test/own/@v'), { recursive: true });
  writeFileSync(join(folder, 'm.test/own/@v/0123abcd.info'), '{"Version":"v0.1.0"}');
  const both = createModuleMirror(
    { proxy: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
    folder,
  );
  const url = `http://127.0.0.1:${await listen(both)}/m.test/own/@v`;
  const before = asked.length;
  expect(await (await fetch(`${url}/0123abcd.info`)).text()).toBe('{"Version":"v0.1.0"}');
  expect(asked.length).toBe(before);
  expect((await fetch(`${url}/v0.2.0.zip`)).status).toBe(410);
  expect((await fetch(`${url}/../../../etc/passwd`)).status).not.toBe(200);
  both.close();
  rmSync(folder, { recursive: true });
});

test('an upstream that is away is a 502', async () => {
  const away = createModuleMirror({ proxy: 'http://127.0.0.1:1' });
  const port = await listen(away);
  expect((await fetch(`http://127.0.0.1:${port}/m.test/a/@latest`)).status).toBe(502);
  away.close();
});
