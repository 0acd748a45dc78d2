import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileDigests, type FileIdentity, identityOf } from './file-digests.ts';
import { hashFile } from './inspect-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-digests-'));
  writeFileSync(join(dir, 'file'), 'content');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function identity(): Promise<FileIdentity> {
  const found = await identityOf(join(dir, 'file'));
  return found ?? expect.unreachable();
}
const open = (): FileDigests => new FileDigests(join(dir, 'digests'));
const digest = '0'.repeat(64);

test('a digest is known to the next process, until the file is written to', async () => {
  await setTimeout(80);
  await open().add(await identity(), digest);
  expect(await open().find(await identity())).toBe(digest);
  appendFileSync(join(dir, 'file'), '!');
  expect(await open().find(await identity())).toBeUndefined();
});

test('a file that was written just now is not remembered', async () => {
  writeFileSync(join(dir, 'file'), 'newer');
  // As if it were being written to this very moment, however slow the machine.
  await open().add({ ...(await identity()), changedAtMs: Date.now() + 1000 }, digest);
  expect(await open().find(await identity())).toBeUndefined();
});

test('after a day, with a record of the future, and when forgotten, it is read again', async () => {
  const found = await identity();
  const files = open();
  await setTimeout(80);
  await files.add(found, digest);
  for (const atMs of [Date.now() - 25 * 3_600_000, Date.now() + 60_000, Number.NaN]) {
    writeFileSync(join(dir, 'digests', found.place), `${found.text} ${digest} ${atMs}\n`);
    expect(await open().find(found)).toBeUndefined();
  }
  await files.forget(found);
  expect(await files.find(found)).toBeUndefined();
});

test('a file that is known is not read for its digest', async () => {
  const path = join(dir, 'file');
  await setTimeout(80);
  const read = await open().hash(path);
  expect(read).toEqual(await hashFile(path));
  await open().add(await identity(), digest);
  expect(await open().hash(path)).toEqual({ sha256: digest, sizeBytes: 7 });
});
