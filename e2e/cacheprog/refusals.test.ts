import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { maxRemoteBytes } from '@gofleet/build/cacheprog/remote-key';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStage, filesIn, keptFolder, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(() => {
  stage = createStage();
});
afterAll(() => stage?.remove());

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** A folder with a file system of its own, of so many bytes, as long as `use` runs. */
async function onSmallDisk(size: string, use: (dir: string) => Promise<void>): Promise<void> {
  const dir = join(stage.dir, `small-${size}`);
  mkdirSync(dir);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir]);
  try {
    await use(dir);
  } finally {
    execFileSync('umount', ['--lazy', dir]);
  }
}

interface Sent {
  readonly token?: string;
  readonly name?: string;
}

/** Puts an object into a server's namespace prod; answers status and text. */
async function put(url: string, body: Uint8Array | ReadableStream, { token, name = '' }: Sent) {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/v1/prod/bundles/${name}`, {
    ...{ method: 'PUT', body: body as ReadableStream, duplex: 'half', headers },
  });
  return `${response.status} ${(await response.text()).trim()}`;
}

test('who may not write is told so, and nothing is kept', async () => {
  const access = join(stage.dir, 'access');
  writeFileSync(access, `${sha256('reader')} read=prod write=dev\n${sha256('writer')} write=prod\n`);
  const folder = join(stage.dir, 'guarded');
  mkdirSync(folder);
  const { url } = await stage.serve(folder, ['--access', access]);
  const body = randomBytes(1000);
  const name = sha256(body);
  expect(await put(url, body, { name })).toBe('401 a token is needed that this server knows');
  expect(await put(url, body, { name, token: 'guess' })).toMatch(/^401 /);
  expect(await put(url, body, { name, token: 'reader' })).toBe(
    '403 this token may not write in namespace prod',
  );
  expect(filesIn(folder)).toEqual([]);
  expect(await put(url, body, { name, token: 'writer' })).toBe('200 kept');
});

test('what is too long, or is not what its name says, is refused and not kept', async () => {
  const folder = join(stage.dir, 'strict');
  const { url } = await stage.serve(folder);
  const long = new Uint8Array(maxRemoteBytes + 1);
  const pieces = ReadableStream.from(
    (function* () {
      for (let at = 0; at < long.length; at += 1 << 20) yield long.subarray(at, at + (1 << 20));
    })(),
  );
  const name = sha256(long);
  const tooLong = `413 at most ${maxRemoteBytes} bytes are taken`;
  // A connection may be cut while the rest of a body is on its way.
  for (const body of [long, pieces]) {
    expect([tooLong, 'cut']).toContain(await put(url, body, { name }).catch(() => 'cut'));
  }
  expect(await put(url, randomBytes(10), { name })).toMatch(/^400 /);
  expect(filesIn(folder)).toEqual([]);
});

test('a server whose disk is full says 507 and goes on', async () => {
  await onSmallDisk('256k', async (dir) => {
    const { url, child } = await stage.serve(join(dir, 'cache'));
    const [big, small] = [randomBytes(1 << 20), randomBytes(1000)];
    expect(await put(url, big, { name: sha256(big) })).toBe('507 the server failed');
    expect(await put(url, small, { name: sha256(small) })).toBe('200 kept');
    expect(filesIn(dir).filter((path) => path.includes('/bundles/'))).toHaveLength(1);
    child.kill();
  });
});

test('a local folder without room makes the build slower, not fail', async () => {
  const { url } = await stage.serve(keptFolder('go1.26'));
  await onSmallDisk('2m', async (dir) => {
    const tier = dir.slice(stage.dir.length + 1);
    const { code, stderr } = await stage.build({ cache: ['--remote', url, '--read-only'], tier });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('no space left');
  });
});
