import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@gofleet/base/log';
import { renderBytes } from '@gofleet/base/units';
import { trimBuildCache } from '@gofleet/filesystem/trim-cache';
import { measureDisk } from '@gofleet/process/watch-disk';
import type { SandboxSettings } from './sandbox-settings.ts';

/** A look at many files after every build would cost more than the build. */
const everyMs = 60_000;
let lookedAtMs = Number.NEGATIVE_INFINITY;

/**
 * Makes room while nothing runs: the caches together are brought down to half of what may be used, once they have three quarters.
 * First goes what was compiled and is unused for longest, then the modules.
 */
export async function trimCaches({ dir, limits }: SandboxSettings, log: Log): Promise<void> {
  if (performance.now() - lookedAtMs < everyMs) return;
  lookedAtMs = performance.now();
  const bytes = await measureDisk(dir);
  if (bytes < limits.diskBytes * 0.75) return;
  const build = await trimBuildCache({
    ...{ dir: join(dir, 'build'), maxBytes: limits.diskBytes / 2, busySinceMs: async () => undefined },
  });
  const isEnough = bytes - build.beforeBytes + build.afterBytes < limits.diskBytes * 0.75;
  if (!isEnough) await rm(join(dir, 'mod'), { recursive: true, force: true });
  log('info', 'made room', { before: renderBytes(bytes), modulesRemoved: !isEnough });
}
