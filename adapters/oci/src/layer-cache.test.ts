import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { readBinary } from '@gofleet/identify/read-binary';
import { makeElf } from '@gofleet/testkit/elf-maker';
import { afterAll, expect, test } from 'vitest';
import { emptyContent } from './archive-content.ts';
import { createLayerCache } from './layer-cache.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-layers-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const digest = `sha256:${'b'.repeat(64)}`;

test('what is put is what comes back; what is damaged is as good as absent', async () => {
  const cache = createLayerCache(dir);
  expect(await cache.get(digest)).toBeUndefined();
  const bytes = makeElf();
  const facts = readBinary((offset, length) => bytes.subarray(offset, offset + length));
  const error = new GofleetError('identify.packed', 'packed', { facts: { packer: 'upx' }, hint: 'unpack' });
  const content = emptyContent();
  content.programs.set('/app', facts).set('/packed', error);
  content.paths.add('/app').add('/etc/passwd');
  content.whiteouts.push('/old');
  content.opaques.push('/var');
  await cache.put(digest, content);
  const found = await cache.get(digest);
  expect({ ...found, paths: [] }).toEqual({ ...content, paths: [] });
  expect(found?.paths.has('/app')).toBe(true);
  expect(found?.paths.has('/etc/group')).toBe(false);
  expect(found?.programs.get('/packed')).toMatchObject({ code: 'identify.packed', hint: 'unpack' });
  const [name = ''] = readdirSync(dir);
  writeFileSync(join(dir, name), 'damaged');
  expect(await cache.get(digest)).toBeUndefined();
});
