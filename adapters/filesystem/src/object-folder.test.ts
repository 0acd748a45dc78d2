import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSha256 } from '@gofleet/base/digest';
import { parseNamespace } from '@gofleet/build/cacheprog/namespace';
import type { RemoteKey } from '@gofleet/build/cacheprog/remote-key';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createObjectFolder } from './object-folder.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-objects-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const prod = parseNamespace('prod');
const keyOf = (content: Uint8Array, kind: RemoteKey['kind'] = 'bundles'): RemoteKey => ({
  ...{ namespace: prod, kind },
  sha256: parseSha256(createHash('sha256').update(content).digest('hex')),
});

async function* inPieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 1000) yield content.subarray(at, at + 1000);
}

test('what was put is found, listed with its length, and gone when it was removed', async () => {
  const folder = createObjectFolder({ dir, maxBytes: 1e6 });
  const content = Buffer.alloc(2500, 'x');
  const key = keyOf(content);
  expect(await folder.find(key)).toBeUndefined();
  expect(await folder.list(prod, 'bundles')).toEqual([]);
  await folder.put(key, inPieces(content));
  const found = await folder.find(key);
  expect(found?.sizeBytes).toBe(2500);
  expect(readFileSync(found?.path ?? '')).toEqual(content);
  expect(await folder.list(prod, 'bundles')).toEqual([{ sha256: key.sha256, sizeBytes: 2500 }]);
  expect(await folder.list(prod, 'index')).toEqual([]);
  await folder.remove(key);
  await folder.remove(key);
  expect(await folder.find(key)).toBeUndefined();
});

test('content that is not what its name says is not kept', async () => {
  const folder = createObjectFolder({ dir, maxBytes: 1e6 });
  const key = keyOf(Buffer.from('right'));
  await expect(folder.put(key, inPieces(Buffer.from('wrong')))).rejects.toMatchObject({
    code: 'build.wrong-digest',
  });
  expect(await folder.list(prod, 'bundles')).toEqual([]);
});

test('the least recently used bundles go first, and no index', async () => {
  const folder = createObjectFolder({ dir, maxBytes: 10_000 });
  const contents = ['a', 'b', 'c', 'd'].map((letter) => Buffer.alloc(3000, letter));
  const index = Buffer.alloc(3000, 'i');
  await folder.put(keyOf(index, 'index'), inPieces(index));
  for (const content of contents.slice(0, 3)) {
    const key = keyOf(content);
    await folder.put(key, inPieces(content));
    utimesSync(join(dir, 'prod', 'bundles', key.sha256), 1_700_000_000, 1_700_000_000);
  }
  // A use counts.
  const [first = Buffer.of(), , , last = Buffer.of()] = contents;
  await folder.find(keyOf(first));
  await folder.put(keyOf(last), inPieces(last));
  const left = (await folder.list(prod, 'bundles')).map(({ sha256 }) => sha256);
  expect(left).toHaveLength(3);
  expect(left).toContain(keyOf(first).sha256);
  expect(left).toContain(keyOf(last).sha256);
  expect(await folder.list(prod, 'index')).toHaveLength(1);
});
