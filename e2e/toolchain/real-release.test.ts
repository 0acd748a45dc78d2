import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { removeTree } from '@gofleet/filesystem/staging';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

const release = '1.21.13';
const cache = mkdtempSync(join(tmpdir(), 'gofleet-real-'));
const bundle = join(cacheRoot(), 'e2e', `toolchain-${release}.tar`);
const env = (): Record<string, string> => ({
  ...(process.env as Record<string, string>),
  GOFLEET_CACHE: cache,
});

/** Fetched and verified once per machine, then kept. */
beforeAll(async () => {
  if (existsSync(bundle)) return;
  mkdirSync(join(cacheRoot(), 'e2e'), { recursive: true });
  expect(await runCli(['bundle', release, '-o', bundle], { env: env() })).toMatchObject({ code: 0 });
});
afterAll(() => removeTree(cache));

test('a real release is installed, builds a program, and the real database confirms every byte', async () => {
  const install = await runCli(['install', '--from', bundle], { env: env() });
  expect(install).toMatchObject({ code: 0, json: [{ record: { proof: { kind: 'checksum-database' } } }] });
  const { dir } = install.json[0];
  const run = await runCli(['exec', release, '--', 'go', 'vet', 'errors'], {
    env: { ...env(), GOFLAGS: '', GOCACHE: join(cache, 'build') },
  });
  expect(run).toMatchObject({ code: 0 });
  const where = await runCli(['exec', '1.21', '--', 'go', 'env', 'GOROOT', 'GOVERSION'], { env: env() });
  expect(where.stdout).toBe(`${dir}\ngo${release}\n`);
  // The memory of this cache is empty: the lookup and all tiles come from the database that this machine is configured for.
  expect(await runCli(['verify'], { env: env() })).toMatchObject({
    code: 0,
    json: [{ database: 'confirmed', findings: [] }],
  });
});

test('the release that Go itself keeps in its module cache is imported, and confirmed after that too', async () => {
  const goRoot = execFileSync('go', ['env', 'GOROOT'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: `go${release}` },
  }).trim();
  const apart = { ...env(), GOFLEET_CACHE: join(cache, 'apart') };
  const imported = await runCli(['import', goRoot], { env: apart });
  expect(imported).toMatchObject({ code: 0, json: [{ record: { proof: { kind: 'checksum-database' } } }] });
  expect(await runCli(['verify'], { env: apart })).toMatchObject({
    code: 0,
    json: [{ database: 'confirmed', findings: [] }],
  });
});
