import { createHash } from 'node:crypto';
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainGoFailure } from '@gofleet/build/go-failure';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { withStaging } from '@gofleet/filesystem/staging';
import { runGo } from '@gofleet/process/go-command';
import { findLocalGo } from '../local-go.ts';
import { clientSource } from './client-source.ts';

async function compile(path: string, work: string): Promise<void> {
  const go = await findLocalGo();
  for (const name of ['home', 'tmp', 'gopath']) await mkdir(join(work, name));
  await writeFile(join(work, 'go.mod'), 'module gofleet.example/cacheprog\n\ngo 1.21\n');
  await writeFile(join(work, 'main.go'), clientSource);
  const made = join(work, 'client');
  const { exitCode, stdout, stderr } = await runGo({
    go: go.path,
    argv: ['build', '-trimpath', '-ldflags=-s -w', '-o', made, '.'],
    dirs: { modCache: go.modCache, buildCache: go.buildCache, work },
    env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOPROXY: 'off' },
    timeoutMs: 300_000,
  });
  if (exitCode !== 0) {
    const output = `${stderr}${stdout}`;
    throw explainGoFailure({ goVersion: go.goVersion, package: 'the cache client', output, exitCode });
  }
  await rename(made, path);
}

/**
 * Path of the client, built with the Go of this machine the first time.
 * @throws as `findLocalGo`, the codes of `explainGoFailure`, `filesystem.…`
 */
export async function buildClient(): Promise<string> {
  const root = join(cacheRoot(), 'cacheprog');
  const recipe = createHash('sha256').update(clientSource).digest('hex').slice(0, 16);
  const path = join(root, `client-${recipe}`);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await withStaging(root, ({ dir }) => compile(path, dir));
  return path;
}
