import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const leastMs = 500;
/** So much longer than it took: a look at many files must not become what the machine does. */
const restFactor = 10;
const blockBytes = 512;

/** What a directory takes up, in bytes; what vanishes while it is looked at counts nothing. */
export async function measureDisk(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const found = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += (found?.blocks ?? 0) * blockBytes;
  }
  return bytes;
}

/**
 * Looks up to twice a second at what a directory takes up, as the kubelet does for ephemeral storage, and says once when it is too much.
 * @returns what ends the watch
 */
export function watchDisk(directory: string, maxBytes: number, onExceeded: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = async (): Promise<void> => {
    const startedAt = performance.now();
    const bytes = await measureDisk(directory);
    const tookMs = performance.now() - startedAt;
    if (isOver) return;
    if (bytes > maxBytes) onExceeded();
    else timer = setTimeout(look, Math.max(leastMs, restFactor * tookMs));
  };
  timer = setTimeout(look, leastMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
