import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeTar } from '@gofleet/testkit/archive-maker';
import { collect } from '@gofleet/testkit/collect';
import { pack } from 'tar-stream';
import { afterAll, expect, test } from 'vitest';
import { extractFiles } from './extract-files.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-extract-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string): string => join(dir, name);
const textAt = (name: string): string => readFileSync(at(name), 'utf8');

test('files of an archive, compressed layers and linked ones, wherever the link stands', async () => {
  const tar = pack();
  tar.entry({ name: 'b/layer.tar', type: 'symlink', linkname: '../a/layer.tar' });
  tar.entry({ name: 'a/layer.tar' }, gzipSync(await makeTar({ 'bin/one': 'one', 'bin/two': 'two' })));
  tar.entry({ name: 'c/layer.tar' }, await makeTar({ './three': 'three' }));
  tar.finalize();
  const archive = at('image.tar');
  writeFileSync(archive, Buffer.concat((await collect(tar)) as Buffer[]));
  const files = [
    { layer: '/b/layer.tar', path: '/bin/two', target: at('two') },
    { layer: '/c/layer.tar', path: '/three', target: at('three') },
  ];
  await extractFiles(archive, files, {});
  expect([textAt('two'), textAt('three')]).toEqual(['two', 'three']);
  writeFileSync(at('image.tar.gz'), gzipSync(readFileSync(archive)));
  await extractFiles(
    at('image.tar.gz'),
    [{ layer: '/a/layer.tar', path: '/bin/one', target: at('one') }],
    {},
  );
  expect(textAt('one')).toBe('one');
});

test('files of a layout; one that is not there', async () => {
  const layout = at('layout');
  mkdirSync(layout);
  writeFileSync(join(layout, 'layer'), await makeTar({ file: 'content' }));
  const file = { layer: '/layer', path: '/file', target: at('file') };
  await extractFiles(layout, [file], {});
  expect(textAt('file')).toBe('content');
  await expect(extractFiles(layout, [{ ...file, path: '/other' }], {})).rejects.toMatchObject({
    code: 'oci.broken-layer',
  });
});

test('an interrupt ends it', async () => {
  const signal = AbortSignal.abort();
  const file = { layer: '/c/layer.tar', path: '/three', target: at('never') };
  await expect(extractFiles(at('image.tar'), [file], { signal })).rejects.toThrow('abort');
});
