import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const everyMs = 500;
const blockBytes = 512;

/** What a directory takes up; what vanishes while it is looked at counts nothing. */
async function measure(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const found = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += (found?.blocks ?? 0) * blockBytes;
  }
  return bytes;
}

/**
 * Looks twice a second at what a directory takes up, as the kubelet does for ephemeral storage, and says once when it is too much.
 * @returns what ends the watch
 */
export function watchDisk(directory: string, maxBytes: number, onExceeded: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = async (): Promise<void> => {
    const bytes = await measure(directory);
    if (isOver) return;
    if (bytes > maxBytes) onExceeded();
    else timer = setTimeout(look, everyMs);
  };
  timer = setTimeout(look, everyMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
