import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeElf } from '@gofleet/testkit/elf-maker';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashFile, inspectFile } from './inspect-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-inspect-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, content: Uint8Array | string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

test('reads an executable', async () => {
  expect(await inspectFile(write('program', makeElf()))).toMatchObject({
    goVersion: 'go1.26.8',
    grade: 'claimed',
  });
});

test('errors name the file', async () => {
  const script = write('script', '#!/bin/sh\n');
  await expect(inspectFile(script)).rejects.toMatchObject({
    code: 'identify.not-executable',
    message: `${script}: expected an executable (ELF, Mach-O, PE, XCOFF, WebAssembly), found a script`,
    facts: { path: script },
  });
  await expect(inspectFile(join(dir, 'none'))).rejects.toMatchObject({ code: 'filesystem.not-found' });
  await expect(inspectFile(dir)).rejects.toMatchObject({ code: 'filesystem.not-a-file' });
});

test('a pipe is refused at once, without waiting for somebody to write', async () => {
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  await expect(inspectFile(join(dir, 'pipe'))).rejects.toMatchObject({ code: 'filesystem.not-a-file' });
});

test('hashes files of any length', async () => {
  for (const sizeBytes of [0, 1, 1 << 20, (1 << 20) + 1]) {
    const content = Buffer.alloc(sizeBytes, 7);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(await hashFile(write('data', content))).toEqual({ sha256, sizeBytes });
  }
  await expect(hashFile(join(dir, 'none'))).rejects.toMatchObject({ code: 'filesystem.not-found' });
});

test('what is larger than it may be is refused before it is read, what grows meanwhile while it is', async () => {
  const path = write('data', Buffer.alloc(2 << 20));
  expect(await hashFile(path, { maxBytes: 2 << 20 })).toMatchObject({ sizeBytes: 2 << 20 });
  truncateSync(path, 2 ** 43);
  await expect(hashFile(path, { maxBytes: 2 << 20 })).rejects.toMatchObject({
    code: 'filesystem.too-large',
    facts: { path, sizeBytes: 2 ** 43 },
  });
  // It says that it has no bytes, and has no end.
  await expect(hashFile('/dev/zero', { maxBytes: 2 << 20 })).rejects.toMatchObject({
    code: 'filesystem.too-large',
  });
});
