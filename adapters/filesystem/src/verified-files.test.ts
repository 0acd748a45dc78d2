import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FileIdentity, identityOf, VerifiedFiles } from './verified-files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-verified-'));
  writeFileSync(join(dir, 'file'), 'content');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function identity(): Promise<FileIdentity> {
  const found = await identityOf(join(dir, 'file'));
  return found ?? expect.unreachable();
}
const open = (): VerifiedFiles => new VerifiedFiles(join(dir, 'verified'));

test('a verified file is known to the next process, until it is written to', async () => {
  await setTimeout(80);
  await open().add('digest', await identity());
  expect(await open().has('digest', await identity())).toBe(true);
  expect(await open().has('other', await identity())).toBe(false);
  appendFileSync(join(dir, 'file'), '!');
  expect(await open().has('digest', await identity())).toBe(false);
});

test('a file that was written just now is not remembered', async () => {
  writeFileSync(join(dir, 'file'), 'newer');
  // As if it were being written to this very moment, however slow the machine.
  await open().add('digest', { ...(await identity()), changedAtMs: Date.now() + 1000 });
  expect(await open().has('digest', await identity())).toBe(false);
});

test('after a day, and with a record of the future, it is read again', async () => {
  const found = await identity();
  const files = open();
  await setTimeout(80);
  await files.add('digest', found);
  for (const atMs of [Date.now() - 25 * 3_600_000, Date.now() + 60_000, Number.NaN]) {
    writeFileSync(join(dir, 'verified/digest'), `${found.text} ${atMs}\n`);
    expect(await open().has('digest', found)).toBe(false);
  }
});
