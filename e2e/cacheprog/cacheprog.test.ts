import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { renderActionEntry } from '@gofleet/build/cache/action-entry';
import { actionName, outputName } from '@gofleet/build/cache/cache-file';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesIn, createStage, filesIn, keptFolder, type Listener, type Stage } from './stage.ts';

const goVersion = 'go1.26';
let stage: Stage;
let shared: Listener;
const folder = (): string => join(stage.dir, 'shared');

beforeAll(async () => {
  stage = createStage();
  // The kept folder is read and added to; what tests damage is a copy.
  const kept = await stage.serve(keptFolder(goVersion));
  const made = await stage.build({ cache: ['--remote', kept.url], tier: 'seed' });
  expect(made.code, made.stderr).toBe(0);
  kept.child.kill();
  cpSync(keptFolder(goVersion), folder(), { recursive: true });
  shared = await stage.serve(folder());
});
afterAll(() => stage?.remove());

/** Flips a byte in the middle of a file whose times stay as they were. */
function damage(path: string): void {
  const [bytes, { atime, mtime }] = [readFileSync(path), statSync(path)];
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0xff, bytes.length >> 1);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

/** A tier with everything in it but the entries of some outputs. */
function seededTier(name: string, isLeftOut: (sizeBytes: number) => boolean = () => false): void {
  cpSync(join(stage.dir, 'seed'), join(stage.dir, name), { recursive: true });
  for (const path of filesIn(join(stage.dir, name)).filter((file) => file.endsWith('-a'))) {
    if (isLeftOut(Number(readFileSync(path, 'latin1').slice(133, 153)))) rmSync(path);
  }
}

/** An object that nobody has used for long. */
function putOld(tier: string, body: Buffer): void {
  const outputId = createHash('sha256').update(body).digest('hex');
  const actionId = createHash('sha256').update(outputId).digest('hex');
  const entry = renderActionEntry({ actionId, outputId, sizeBytes: body.length, addedAtNs: 1n });
  for (const [name, content] of [
    [outputName(outputId), body],
    [actionName(actionId), entry],
  ] as const) {
    writeFileSync(join(tier, name), content);
    utimesSync(join(tier, name), 1_700_000_000, 1_700_000_000);
  }
}

/** Packages that are soon compiled. */
const isSmall = (size: number): boolean => size > 1e4 && size < 1e5;

const changed = (text: string): string =>
  `package main\n\nfunc main() { println(${JSON.stringify(text)}) }\n`;

test('what one machine built, another one has: with few calls, and nothing compiled', async () => {
  const there = filesIn(folder()).length;
  const { code, stderr, counts } = await stage.build({ cache: ['--remote', shared.url], tier: 'other' });
  expect(code, stderr).toBe(0);
  expect(stderr).toBe('');
  // The link itself is never cached.
  expect(counts.misses).toBe(1);
  expect(counts.remoteHits).toBeGreaterThan(0);
  expect(counts.networkCalls).toBeLessThanOrEqual(
    // The list, and segments and bundles of the folder that is kept: runs before this one left some.
    Math.max(1 + there, ((counts.gets ?? 0) + (counts.puts ?? 0)) / 20),
  );
});

test('node in the middle of each build does the same', async () => {
  const { code, stderr, counts } = await stage.build({
    cache: ['--remote', shared.url],
    tier: 'direct',
    direct: true,
  });
  expect(code, stderr).toBe(0);
  expect(counts).toMatchObject({ misses: 1, corrupt: 0 });
});

test('go 1.24 speaks the same protocol', async () => {
  const kept = await stage.serve(keptFolder('go1.24.13'));
  const env = { GOTOOLCHAIN: 'go1.24.13' };
  const first = await stage.build({ cache: ['--remote', kept.url], tier: 'go124', env });
  expect(first.code, first.stderr).toBe(0);
  const { code, stderr, counts } = await stage.build({
    cache: ['--remote', kept.url],
    tier: 'go124-other',
    env,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(counts.misses).toBe(1);
});

test('a real S3 store keeps what builds give it', async () => {
  const { remote, env } = await stage.minio('objects');
  seededTier('s3', isSmall);
  const first = await stage.build({ cache: ['--remote', remote], tier: 's3', env });
  expect(first.code, first.stderr).toBe(0);
  expect(first.stderr).toBe('');
  expect(first.counts.sentBytes).toBeGreaterThan(0);
  seededTier('s3-other', isSmall);
  const second = await stage.build({ cache: ['--remote', remote], tier: 's3-other', env });
  expect(second.counts, second.stderr).toMatchObject({ misses: 1, sentBytes: 0 });
  const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'not-the-secret' };
  const refused = await stage.build({
    cache: ['--remote', remote],
    tier: 's3',
    env: wrong,
    main: changed('refused'),
  });
  expect(refused.code).toBe(0);
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
  expect(refused.stderr).toContain('the build goes on without it');
  expect(refused.stderr).not.toContain('not-the-secret');
});

test('a damaged bundle is reported, never used, and taken out of the store', async () => {
  const copy = join(stage.dir, 'damaged');
  cpSync(folder(), copy, { recursive: true });
  const bundles = join(copy, 'default', 'bundles');
  for (const name of readdirSync(bundles)) damage(join(bundles, name));
  const { url } = await stage.serve(copy);
  seededTier('damaged-tier', isSmall);
  const { code, stderr, counts } = await stage.build({ cache: ['--remote', url], tier: 'damaged-tier' });
  expect(code, stderr).toBe(0);
  expect(counts.corrupt).toBeGreaterThan(0);
  const told = [...stderr.matchAll(/holds damaged bundle ([0-9a-f]{12})/g)].map(([, prefix = '']) => prefix);
  expect(told.length).toBeGreaterThan(0);
  // What this build did not ask for is still there; what it was told of may have been uploaded again, whole.
  for (const prefix of told) {
    for (const name of readdirSync(bundles).filter((one) => one.startsWith(prefix))) {
      expect(
        createHash('sha256')
          .update(readFileSync(join(bundles, name)))
          .digest('hex'),
      ).toBe(name);
    }
  }
});

test('a damaged local object is dropped and made again', async () => {
  seededTier('local');
  const largest = filesIn(join(stage.dir, 'local'))
    .filter((path) => path.endsWith('-d') && statSync(path).size < 2e5)
    .sort((a, b) => statSync(b).size - statSync(a).size)[0];
  damage(largest ?? '');
  const { code, stderr, counts } = await stage.build({ cache: [], tier: 'local' });
  expect(code, stderr).toBe(0);
  expect(counts).toMatchObject({ corrupt: 1, misses: 2 });
  expect(stderr).toContain('a damaged object is removed');
  expect(stage.gofleet(['cache', 'verify', join(stage.dir, 'local')]).status).toBe(0);
});

test('a remote that dies in the middle of a build costs one line', async () => {
  seededTier('dies', isSmall);
  const { child, url } = await stage.serve(folder());
  const between = createServer((incoming, response) => {
    if (incoming.url?.includes('/bundles/')) child.kill('SIGKILL');
    const outgoing = ask(`${url}${incoming.url}`, { method: incoming.method ?? 'GET' }, (answer) =>
      answer.pipe(response),
    );
    outgoing.once('error', () => response.destroy());
    incoming.pipe(outgoing);
  }).listen(0, '127.0.0.1');
  await once(between, 'listening');
  const { port } = between.address() as AddressInfo;
  const end = await stage.build({ cache: ['--remote', `http://127.0.0.1:${port}`], tier: 'dies' });
  between.close();
  expect(end.code, end.stderr).toBe(0);
  expect(end.counts.misses).toBeGreaterThan(1);
  expect(end.stderr.trim().split('\n')).toHaveLength(1);
  expect(end.stderr).toContain('the build goes on without it');
});

test('a remote that does not answer is waited for as long as is said', async () => {
  seededTier('slow');
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const cache = ['--remote', `http://127.0.0.1:${port}`, '--wait', '1', '--flush', '1'];
  const { code, stderr } = await stage.build({ cache, tier: 'slow', main: changed('slow') });
  silent.closeAllConnections();
  silent.close();
  expect(code).toBe(0);
  expect(stderr.trim()).toBe('gofleet cacheprog: the remote cache is slow; the build goes on without it');
});

test('the local folder keeps its cap', async () => {
  seededTier('capped');
  const capped = join(stage.dir, 'capped');
  const used = bytesIn(capped);
  for (let index = 0; index < 200; index++) putOld(capped, randomBytes(50_000));
  const max = Math.floor((used + bytesIn(capped)) / 2);
  const { code } = await stage.build({ cache: ['--max', `${max}`], tier: 'capped', main: changed('capped') });
  expect(code).toBe(0);
  const isKept = (): boolean => bytesIn(capped) <= max * 1.02;
  for (let wait = 0; wait < 40 && !isKept(); wait++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(bytesIn(capped)).toBeLessThanOrEqual(max * 1.02);
  expect(bytesIn(capped)).toBeGreaterThanOrEqual(max * 0.98);
});

test('dev reads what prod has and cannot write there', async () => {
  const copy = join(stage.dir, 'environments');
  cpSync(join(folder(), 'default'), join(copy, 'prod'), { recursive: true });
  const access = join(stage.dir, 'access');
  const token = 'dev-token-of-the-test';
  writeFileSync(access, `${createHash('sha256').update(token).digest('hex')} read=prod write=dev\n`);
  const { url } = await stage.serve(copy, ['--access', access]);
  const env = { GOFLEET_CACHEPROG_TOKEN: token };
  const before = filesIn(join(copy, 'prod')).sort();
  const reads = ['--remote', url, '--namespace', 'dev', '--read', 'prod'];
  const dev = await stage.build({ cache: reads, tier: 'dev', env, main: changed('dev') });
  expect(dev.code, dev.stderr).toBe(0);
  expect(dev.counts.remoteHits).toBeGreaterThan(0);
  expect(filesIn(join(copy, 'dev')).length).toBeGreaterThan(0);
  seededTier('poison');
  const poison = await stage.build({
    cache: ['--remote', url, '--namespace', 'prod'],
    tier: 'poison',
    env,
    main: changed('poison'),
  });
  expect(poison.code).toBe(0);
  expect(poison.stderr).toContain('this token may not write in namespace prod');
  expect(poison.stderr).not.toContain(token);
  const stranger = await stage.build({ cache: reads, tier: 'poison', main: changed('stranger') });
  expect(stranger.stderr).toContain('status 401');
  expect(filesIn(join(copy, 'prod')).sort()).toEqual(before);
});

test('read-only sends nothing', async () => {
  seededTier('reader');
  const before = filesIn(folder()).length;
  const cache = ['--remote', shared.url, '--read-only'];
  const { code, counts } = await stage.build({ cache, tier: 'reader', main: changed('reader') });
  expect(code).toBe(0);
  expect(counts.puts).toBeGreaterThan(0);
  expect(counts.sentBytes).toBe(0);
  expect(filesIn(folder()).length).toBe(before);
});

test('two builds at once share one process and both are right', async () => {
  const both = await Promise.all(
    ['one', 'two'].map((name) =>
      stage.build({ cache: ['--remote', shared.url, '--read-only'], tier: 'both', main: changed(name) }),
    ),
  );
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(stage.gofleet(['cache', 'verify', join(stage.dir, 'both')]).status).toBe(0);
});

test('a resident process that is killed costs the build its cache, and damages nothing', async () => {
  const cache = ['--remote', shared.url, '--read-only'];
  const running = stage.build({ cache, tier: 'killed' });
  const wanted = join(stage.dir, 'killed');
  const pids = (): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
          return (
            words.includes('resident') &&
            words.includes(wanted) &&
            words.includes('--socket') &&
            !words[0]?.includes('client-')
          );
        } catch {
          return false;
        }
      })
      .map(Number);
  while (pids().length === 0 || !existsSync(wanted)) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const pid of pids()) process.kill(pid, 'SIGKILL');
  const served = await running;
  expect(served.code, served.stderr).toBe(0);
  expect(served.stderr).toContain('the build goes on without a cache');
  const { code, stderr } = await stage.build({ cache, tier: 'killed' });
  expect(code, stderr).toBe(0);
  expect(stage.gofleet(['cache', 'verify', wanted]).status).toBe(0);
});
