import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseVerifierKey } from '@gofleet/resolve/sumdb/verifier-key';
import { SumdbMaker } from '@gofleet/testkit/sumdb-maker';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createGoProxyClient } from './goproxy-client.ts';
import { createSumdbRemote } from './sumdb-remote.ts';

const root = mkdtempSync(join(tmpdir(), 'gofleet-http-'));
const files = pathToFileURL(root).href;
const key = parseVerifierKey(new SumdbMaker('sums.test').verifierKey);
const module = 'golang.org/toolchain';
const version = 'v0.0.1-go1.26.8.linux-amd64';
const zip = Buffer.from('not really a zip').toString('hex').repeat(10_000);

/** A server whose first path element says what it does; whatever follows is in the answer. */
let server: Server;
let base: string;
const asked: string[] = [];

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

beforeAll(async () => {
  put(`${module}/@v/${version}.zip`, zip);
  put(`${module}/@v/list`, `${version}\n`);
  put('sumdb/sums.test/supported', '');
  put('sumdb/sums.test/tile/8/0/000', 'tile');
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const [, mode = '', ...rest] = (request.url ?? '').split('/');
    if (mode === 'half') {
      response.writeHead(200, { 'content-length': zip.length });
      response.write(zip.slice(0, 1000));
      setTimeout(() => response.destroy(), 20);
    } else if (mode === 'silent') {
      response.writeHead(200, { 'content-length': zip.length });
      response.write(zip.slice(0, 1000));
    } else {
      response.writeHead(Number(mode));
      response.end(mode === '200' ? rest.join('/') : 'because');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  asked.length = 0;
});

const remoteOf = (goproxy: string, url?: string): ReturnType<typeof createSumdbRemote> =>
  createSumdbRemote({ choice: { key, ...(url === undefined ? {} : { url }) }, goproxy });
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('the database is asked through the first proxy that speaks for it', async () => {
  const remote = remoteOf(`${base}/404,${base}/200|${base}/500`);
  expect(text(await remote.read('tile/8/0/000'))).toBe('sumdb/sums.test/tile/8/0/000');
  await remote.read('tile/8/0/001');
  expect(asked.filter((path) => path.endsWith('/supported'))).toHaveLength(2);
});

test('a proxy of files, and an address in GOSUMDB before all proxies', async () => {
  expect(text(await remoteOf(files).read('tile/8/0/000'))).toBe('tile');
  expect(text(await remoteOf(`${base}/500`, `${base}/200/own`).read('latest'))).toBe('own/latest');
});

test('a proxy that fails is not passed over for the database itself', async () => {
  await expect(remoteOf(`${base}/500,direct`).read('latest')).rejects.toMatchObject({
    code: 'resolve.proxy-unreachable',
  });
  await expect(remoteOf(`${base}/403,direct`).read('latest')).rejects.toMatchObject({
    code: 'resolve.proxy-refused',
  });
});

test.each([
  ['~/404,FILES', undefined],
  ['~/half|FILES', undefined],
  ['~/half,FILES', 'resolve.proxy-unreachable'],
  ['~/silent,FILES', 'resolve.proxy-unreachable'],
  ['~/403,FILES', 'resolve.proxy-refused'],
  ['~/404,direct', 'resolve.proxy-not-found'],
])('a zip from %s', async (goproxy, code) => {
  const client = createGoProxyClient({
    goproxy: goproxy.replaceAll('~', base).replace('FILES', files),
    timeoutMs: 500,
  });
  const path = join(root, 'download');
  const progress: number[] = [];
  const got = client.download(
    { module, version, path },
    { onProgress: ({ doneBytes }) => progress.push(doneBytes) },
  );
  if (code !== undefined) {
    await expect(got).rejects.toMatchObject({ code });
    expect(existsSync(path)).toBe(false);
    return;
  }
  const sha256 = createHash('sha256').update(zip).digest('hex');
  expect(await got).toMatchObject({
    sha256,
    sizeBytes: zip.length,
    url: `${files}/${module}/@v/${version}.zip`,
  });
  expect(readFileSync(path, 'utf8')).toBe(zip);
  expect(progress.at(-1)).toBe(zip.length);
  rmSync(path);
});

test('a proxy of files is listed, and what it does not have sends on', async () => {
  const client = createGoProxyClient({ goproxy: files });
  expect(await client.list(module)).toBe(`${version}\n`);
  await expect(client.list('example.com/none')).rejects.toMatchObject({ code: 'resolve.proxy-not-found' });
});

test('a folder that may not be written to is no fault of the proxy', async () => {
  const client = createGoProxyClient({ goproxy: files });
  await expect(client.download({ module, version, path: '/proc/none/zip' })).rejects.toMatchObject({
    code: 'filesystem.cannot-write',
  });
});
