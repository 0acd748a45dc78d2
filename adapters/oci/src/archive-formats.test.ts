import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { makeCpio, makeDeb, makeRpm, makeTar, makeZip } from '@gofleet/testkit/archive-maker';
import { makeElf } from '@gofleet/testkit/elf-maker';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type ArchiveOptions, inspectArchive } from './inspect-archive.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-formats-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Path and release, or the error's code, of each find; the error's code when there are none. */
async function brief(bytes: Uint8Array, options?: ArchiveOptions): Promise<string[] | string> {
  const path = join(dir, 'archive');
  writeFileSync(path, bytes);
  try {
    const finds = await inspectArchive(path, options);
    return (finds ?? []).map(({ path: inner, found }) =>
      found instanceof Error ? `${inner} ${found.code}` : `${inner} ${found.goVersion}`,
    );
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

const program = makeElf({ goVersion: 'go1.26.8' });
const files = { './usr/bin/app': program, './usr/share/doc': 'text' };
const found = ['/usr/bin/app go1.26.8'];
/** `#!/bin/sh` in a tar, as `xz` packs it. */
const badXz = Buffer.from('fd377a585a000004e6d6b446', 'hex');

test('cpio, and rpm whose payload is one, plain and compressed', async () => {
  const cpio = makeCpio(files);
  expect(await brief(cpio)).toEqual(found);
  for (const payload of [cpio, gzipSync(cpio), zstdCompressSync(cpio)]) {
    expect(await brief(makeRpm(payload))).toEqual(found);
  }
});

test('rpm: cut off, without a payload, with one in an unknown compression', async () => {
  const rpm = makeRpm(gzipSync(makeCpio(files)));
  expect(await brief(rpm.subarray(0, 120))).toBe('oci.broken-archive');
  expect(await brief(rpm.subarray(0, rpm.length - 60))).toContain('/ oci.broken-archive');
  expect(await brief(makeRpm(Buffer.from('no cpio')))).toBe('oci.broken-archive');
  expect(await brief(makeRpm(Buffer.from('BZh91AY&SY')))).toBe('oci.unknown-compression');
});

test('zip, and a wheel in which a tar lies; cut off, with a path that leads out of it', async () => {
  expect(await brief(makeZip({ 'app.dist/bin/app': program, 'a.py': 'text' }))).toEqual([
    '/app.dist/bin/app go1.26.8',
  ]);
  const tar = gzipSync(await makeTar(files));
  expect(await brief(makeZip({ 'data.tgz': tar }))).toEqual(['/data.tgz!/usr/bin/app go1.26.8']);
  expect(await brief(makeZip({ '../../etc/app': program, app: program }))).toEqual([
    '/../../etc/app oci.escaping-path',
    '/app go1.26.8',
  ]);
  const zip = makeZip(files);
  expect(await brief(zip.subarray(0, zip.length - 30))).toBe('oci.broken-archive');
});

test('a Debian package by its compression; cut off, damaged, without files', async () => {
  const tar = await makeTar(files);
  for (const data of [
    { 'data.tar': tar },
    { 'data.tar.gz': gzipSync(tar) },
    { 'data.tar.zst': zstdCompressSync(tar) },
  ]) {
    expect(await brief(makeDeb(data))).toEqual(found);
  }
  expect(await brief(makeDeb({}))).toBe('oci.broken-archive');
  expect(await brief(makeDeb({ 'data.tar.xz': badXz }))).toBe('oci.broken-archive');
  expect(await brief(makeDeb({ 'data.tar': tar }).subarray(0, 150))).toBe('oci.broken-archive');
});

test('an archive that unpacks to far more than it should is taken for a trap; nothing is read on', async () => {
  const limits = { maxBytes: 1 << 30, freeBytes: 1 << 20, maxRatio: 50 };
  const zeros = Buffer.alloc(8 << 20);
  const tar = await makeTar({ zeros, app: program });
  expect(await brief(gzipSync(tar), { limits })).toEqual(['/ oci.oversized-archive']);
  expect(await brief(zstdCompressSync(tar), { limits })).toEqual(['/ oci.oversized-archive']);
  const bomb = Buffer.concat([program, zeros]);
  expect(await brief(makeZip({ bomb }), { limits })).toContain('/ oci.oversized-archive');
});

test('long names and sizes of pax and GNU archives', async () => {
  const long = `${'d/'.repeat(120)}app`;
  expect(await brief(await makeTar({ [long]: program }))).toEqual([`/${long} go1.26.8`]);
});

test('an abort ends it with its reason', async () => {
  const signal = AbortSignal.abort(new DOMException('stop', 'AbortError'));
  writeFileSync(join(dir, 'archive'), gzipSync(await makeTar(files)));
  await expect(inspectArchive(join(dir, 'archive'), { signal })).rejects.toThrow('stop');
});

test('damaged archives of every kind give finds or our error', async () => {
  const samples = [
    makeCpio(files),
    makeRpm(makeCpio(files)),
    makeZip(files),
    makeDeb({ 'data.tar': await makeTar(files) }),
  ];
  const change = fc.record({ at: fc.nat(1 << 16), value: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...samples),
      fc.array(change, { minLength: 1, maxLength: 12 }),
      fc.nat(1 << 16),
      async (sample, changes, cut) => {
        const bytes = Buffer.from(sample);
        // What decides lies at both ends.
        for (const { at, value } of changes) {
          bytes[at % 2 === 0 ? at % 400 : bytes.length - 1 - (at % Math.min(400, bytes.length))] = value;
        }
        const answer = await brief(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
        if (typeof answer === 'string') expect(answer).toMatch(/^oci\.[a-z-]+$/);
      },
    ),
    { numRuns: 300 },
  );
});
