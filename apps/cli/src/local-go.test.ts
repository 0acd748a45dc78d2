import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { writeShims } from '@gofleet/filesystem/shim-folder';
import { hostPlatform, toolchainDir } from '@gofleet/filesystem/toolchain-store';
import { renderShim } from '@gofleet/resolve/shim/render-shim';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findLocalGo } from './local-go.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-local-go-'));
  vi.stubEnv('GOFLEET_CACHE', join(dir, 'cache'));
  vi.stubEnv('GOFLEET_GO', undefined);
  vi.stubEnv('PATH', [join(dir, 'bin'), '/usr/bin', '/bin'].join(delimiter));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

/** A `go` command that says it is a release. */
function put(bin: string, goVersion: string): void {
  mkdirSync(bin, { recursive: true });
  const told = JSON.stringify({ GOROOT: join(bin, '..'), GOVERSION: goVersion, GOPROXY: 'off' });
  writeFileSync(join(bin, 'go'), `#!/bin/sh\necho '${told}'\n`, { mode: 0o755 });
}
const install = (goVersion: string): void =>
  put(join(toolchainDir(goVersion, hostPlatform()), 'bin'), goVersion);

test('the go in PATH, when it may fetch others', async () => {
  put(join(dir, 'bin'), 'go1.26.8');
  install('go1.27.4');
  expect((await findLocalGo()).goVersion).toBe('go1.26.8');
});

test('the go behind our own shims, whatever the directory wants', async () => {
  const folder = join(dir, 'shims');
  const script = renderShim({ folder, gofleet: ['/no/such'], fileNames: [], variables: [], edition: '' });
  await writeShims(folder, { script, scriptOnly: true });
  vi.stubEnv('PATH', [folder, join(dir, 'bin'), '/usr/bin', '/bin'].join(delimiter));
  vi.stubEnv('GOFLEET_SHIM', '1,go1.22.12');
  put(join(dir, 'bin'), 'go1.26.8');
  install('go1.27.4');
  expect((await findLocalGo()).goVersion).toBe('go1.26.8');
  rmSync(join(dir, 'bin'), { recursive: true });
  expect((await findLocalGo()).goVersion).toBe('go1.27.4');
});

test.each(['go1.20.14', 'go1.25.9', 'go1.26.5'])(
  'not %s in PATH, but the newest that was installed',
  async (goVersion) => {
    put(join(dir, 'bin'), goVersion);
    install('go1.26.9');
    install('go1.27.4');
    expect((await findLocalGo()).goVersion).toBe('go1.27.4');
  },
);

test.each([
  ['go1.20.14', 'cli.old-go', 'Go 1.21 or newer is needed'],
  ['go1.26.2', 'cli.unsafe-go', 'CVE-2026-42501, golang/go#79070'],
])('%s alone is refused with the reason', async (goVersion, code, why) => {
  put(join(dir, 'bin'), goVersion);
  await expect(findLocalGo()).rejects.toMatchObject({ code, message: expect.stringContaining(why) });
});

test('no go at all says how to get one', async () => {
  vi.stubEnv('PATH', join(dir, 'bin'));
  await expect(findLocalGo()).rejects.toMatchObject({
    code: 'cli.no-go',
    hint: expect.stringContaining('gofleet toolchain install'),
  });
  install('go1.27.4');
  expect((await findLocalGo()).goVersion).toBe('go1.27.4');
});
