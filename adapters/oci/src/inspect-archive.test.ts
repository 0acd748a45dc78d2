import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { makeTar } from '@gofleet/testkit/archive-maker';
import { collect } from '@gofleet/testkit/collect';
import { makeElf } from '@gofleet/testkit/elf-maker';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { afterAll, expect, test } from 'vitest';
import { packDockerArchive } from './docker-archive.ts';
import { type ArchiveFind, inspectArchive, inspectLayout } from './inspect-archive.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-archive-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function inspect(bytes: Uint8Array, name = 'archive'): Promise<ArchiveFind[] | undefined> {
  writeFileSync(join(dir, name), bytes);
  return inspectArchive(join(dir, name));
}

/** Path and release, or the error's code. */
function brief(finds: readonly ArchiveFind[] | undefined): string[] {
  return (finds ?? []).map(
    ({ path, found }) => `${path} ${found instanceof Error ? found.code : found.goVersion}`,
  );
}

const [old, now] = [makeElf({ goVersion: 'go1.21.1' }), makeElf({ goVersion: 'go1.26.8' })];

test('a tar, plain and compressed; a path that leads out of it is a problem, not a program', async () => {
  const tar = await makeTar({ 'bin/a': old, '../../etc/b': now, 'c.txt': 'text', 'd.sh': '#!/bin/sh\n' });
  const expected = ['/bin/a go1.21.1', '/../../etc/b oci.escaping-path'];
  expect(brief(await inspect(tar))).toEqual(expected);
  expect(brief(await inspect(gzipSync(tar)))).toEqual(expected);
  expect(brief(await inspect(zstdCompressSync(tar)))).toEqual(expected);
});

test('a tar in a tar; a damaged program and a packed one are named', async () => {
  const inner = gzipSync(await makeTar({ app: old }));
  const packed = makeElf({ form: 'none', buildId: '', sectionHeaders: false });
  packed.set(new TextEncoder().encode('UPX!'), 64 + 3 * 56 + 4);
  const outer = await makeTar({ 'inner.tgz': inner, packed, damaged: now.subarray(0, 40) });
  expect(brief(await inspect(outer))).toEqual([
    '/packed identify.packed',
    '/damaged identify.truncated-header',
    '/inner.tgz!/app go1.21.1',
  ]);
});

test('what is no archive, or one that breaks off', async () => {
  expect(await inspect(Buffer.from('hello'))).toBeUndefined();
  expect(await inspect(Buffer.alloc(0))).toBeUndefined();
  expect(await inspect(gzipSync('not a tar'))).toBeUndefined();
  const tar = await makeTar({ a: old, b: now });
  expect(brief(await inspect(tar.subarray(0, tar.length - 2048)))).toEqual([
    '/a go1.21.1',
    '/ oci.broken-archive',
  ]);
  await expect(inspectArchive(join(dir, 'missing'))).rejects.toMatchObject({ code: 'oci.unreadable-file' });
});

test('a docker-archive: what a container sees, with the entry point', async () => {
  const path = join(dir, 'image.tar');
  await packDockerArchive(
    {
      repoTag: 'example.com/app:v1',
      entrypoint: ['/app', '--serve'],
      labels: { 'org.opencontainers.image.revision': 'abc' },
      layers: [
        [
          { path: '/app', bytes: old },
          { path: '/gone', bytes: old },
          { path: '/hidden/a/tool', bytes: old },
          { path: '/replaced', bytes: old },
        ],
        [
          { path: '/app', bytes: now },
          { path: '/.wh.gone', bytes: '' },
          { path: '/hidden/.wh..wh..opq', bytes: '' },
          { path: '/hidden/new', bytes: now },
          { path: '/replaced', bytes: '#!/bin/sh\n' },
        ],
      ],
    },
    path,
  );
  const finds = await inspectArchive(path);
  expect(brief(finds)).toEqual(['/app go1.26.8', '/hidden/new go1.26.8']);
  expect(finds?.[0]?.image).toMatchObject({
    reference: 'example.com/app:v1',
    entrypoint: ['/app', '--serve'],
    labels: { 'org.opencontainers.image.revision': 'abc' },
    layer: expect.stringContaining('layer.tar'),
  });
});

async function layoutFiles(): Promise<Record<string, Buffer | string>> {
  const json = JSON.stringify;
  const manifest = {
    config: { digest: 'sha256:config' },
    layers: [{ digest: 'sha256:layer' }, { digest: 'sha256:lost' }],
  };
  const annotations = { 'org.opencontainers.image.ref.name': 'v2' };
  return {
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    'blobs/sha256/layer': gzipSync(await makeTar({ 'usr/bin/app': now })),
    'blobs/sha256/config': json({ config: { Cmd: ['app'] } }),
    'blobs/sha256/manifest': json(manifest),
    'index.json': json({ manifests: [{ digest: 'sha256:manifest', annotations }] }),
  };
}

test('an OCI layout as tar and as directory, with a layer missing: the rest is read', async () => {
  const files = await layoutFiles();
  const directory = join(dir, 'layout');
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), bytes);
  }
  for (const finds of [await inspect(await makeTar(files)), await inspectLayout(directory)]) {
    expect(brief(finds)).toEqual(['/blobs/sha256/lost oci.broken-layer', '/usr/bin/app go1.26.8']);
    expect(finds?.[1]?.image).toMatchObject({ reference: 'v2', entrypoint: ['app'], labels: {} });
  }
});

test('an Alpine package: several compressed pieces, of which only the last one ends the tar', async () => {
  const pieces = [await makeTar({ '.SIGN': 'x' }), await makeTar({ '.PKGINFO': 'x' })].map((tar) =>
    gzipSync(tar.subarray(0, 1024)),
  );
  const file = Buffer.concat([...pieces, gzipSync(await makeTar({ 'usr/bin/app': now }))]);
  expect(brief(await inspect(file))).toEqual(['/usr/bin/app go1.26.8']);
});

test('mutated archives give finds or our error', async () => {
  const tar = await makeTar({
    'manifest.json': '[{"Layers":["l.tar"]}]',
    'l.tar': await makeTar({ a: now }),
  });
  const mutation = fc.array(fc.record({ at: fc.nat(tar.length - 1), value: fc.nat(255) }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(mutation, fc.boolean(), async (changes, compress) => {
      const bytes = Uint8Array.from(tar);
      // Most of what decides lies in the first headers.
      for (const { at, value } of changes) bytes[at % 2 === 0 ? at : at % 1600] = value;
      const code = await inspect(compress ? gzipSync(bytes) : bytes).then(
        () => 'finds',
        (thrown) => thrown.code,
      );
      expect(code).toMatch(/^(finds|oci\.[a-z-]+)$/);
    }),
    { numRuns: 200 },
  );
});

test('a layer that is a link to another one, as older engines write those that are alike', async () => {
  const tar = pack();
  const layer = await makeTar({ app: now });
  const manifest = [{ RepoTags: ['example.com/app:1'], Layers: ['one/layer.tar', 'two/layer.tar'] }];
  tar.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  tar.entry({ name: 'one/layer.tar' }, layer);
  tar.entry({ name: 'two/layer.tar', type: 'symlink', linkname: '../one/layer.tar' });
  tar.finalize();
  expect(brief(await inspect(Buffer.concat(await collect(tar as AsyncIterable<Buffer>))))).toEqual([
    '/app go1.26.8',
  ]);
});
