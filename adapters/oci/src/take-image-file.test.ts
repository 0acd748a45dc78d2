import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LayerEntry } from './layer-entries.ts';
import { openLayer } from './layer-tar.ts';
import { takeImageFile } from './take-image-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-take-'));
const answers = new Map<string, Buffer>();
let server: Server;
let registry: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const found = answers.get(request.url ?? '');
    response.writeHead(found ? 200 : 404).end(found ?? '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close().closeAllConnections();
  rmSync(dir, { recursive: true, force: true });
});

type Content = string | { readonly link: string };

async function layerOf(files: Readonly<Record<string, Content>>): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, content]): LayerEntry => {
    const common = { name, mode: 0o644, uid: 0, gid: 0 };
    return typeof content === 'string'
      ? { ...common, content: { kind: 'bytes', bytes: Buffer.from(content) } }
      : { ...common, content: { kind: 'symlink', target: content.link } };
  });
  const chunks: Buffer[] = [];
  for await (const chunk of openLayer(entries)) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Serves an image of these layers, lowest first; returns its reference. */
async function serveImage(
  name: string,
  layers: readonly Readonly<Record<string, Content>>[],
): Promise<string> {
  const blobs = [Buffer.from('{}'), ...(await Promise.all(layers.map(layerOf)))];
  for (const blob of blobs) answers.set(`/v2/${name}/blobs/${digestOf(blob)}`, blob);
  const [config, ...rest] = blobs.map((blob) => ({ digest: digestOf(blob), size: blob.length }));
  answers.set(`/v2/${name}/manifests/latest`, Buffer.from(JSON.stringify({ config, layers: rest })));
  return `docker://${registry}/${name}`;
}

async function take(image: string, path: string, maxBytes = 1000): Promise<string> {
  const target = join(dir, 'file');
  rmSync(target, { force: true });
  const taken = await takeImageFile({ image, path, target, maxBytes, platform: 'linux/amd64' }, {});
  return `${taken.path}: ${readFileSync(target, 'utf8')}`;
}

test('links are followed inside the image, across layers, and upper layers win', async () => {
  const image = await serveImage('debian', [
    {
      lib: { link: 'usr/lib' },
      'usr/lib/x/libgo.so.21': { link: 'libgo.so.21.0.0' },
      'usr/lib/x/libgo.so.21.0.0': 'old',
      'usr/lib/x/up': { link: '../../../lib/x/libgo.so.21' },
      'usr/lib/x/outside': { link: '/../../../../../../etc/passwd' },
      loop: { link: 'loop' },
    },
    { 'usr/lib/x/libgo.so.21.0.0': 'new' },
  ]);
  expect(await take(image, '/lib/x/libgo.so.21')).toBe('/usr/lib/x/libgo.so.21.0.0: new');
  expect(await take(image, '/usr/lib/x/up')).toBe('/usr/lib/x/libgo.so.21.0.0: new');
  for (const path of ['/usr/lib/x/outside', '/loop', '/usr/lib/x', '/usr/lib/x/libgo.so.21/more', '/none'])
    await expect(take(image, path)).rejects.toMatchObject({ code: 'oci.no-such-file' });
});

test('what upper layers deleted is not there', async () => {
  const image = await serveImage('deleted', [
    { 'a/one': '1', 'b/two': '2', 'c/three': '3' },
    { 'a/.wh.one': '', 'b/.wh..wh..opq': '', '.wh.c': '' },
    { 'c/three': 'again' },
  ]);
  for (const path of ['/a/one', '/b/two'])
    await expect(take(image, path)).rejects.toMatchObject({ code: 'oci.no-such-file' });
  expect(await take(image, '/c/three')).toBe('/c/three: again');
});

test('a file that is too large, and a layer that is not what its digest says', async () => {
  const image = await serveImage('large', [{ file: 'x'.repeat(2000) }]);
  await expect(take(image, '/file')).rejects.toMatchObject({ code: 'oci.oversized-file' });
  const other = await layerOf({ file: 'another one' });
  for (const url of answers.keys())
    if (url.startsWith('/v2/large/blobs/') && (answers.get(url)?.length ?? 0) > 2) answers.set(url, other);
  await expect(take(image, '/file')).rejects.toMatchObject({ code: 'oci.digest-mismatch' });
});
