import { hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeError } from '@gofleet/base/write-error';
import type { ToolchainFile } from '@gofleet/resolve/toolchain/file-list';
import { fileError } from './open-file.ts';

/**
 * Copies files into another folder, read-only; returns what was written, hashed from the bytes that were.
 * @throws `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`, `filesystem.unreadable`
 */
export async function copyFiles(
  { from, to, paths }: { readonly from: string; readonly to: string; readonly paths: readonly string[] },
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<ToolchainFile[]> {
  const files: ToolchainFile[] = [];
  for (const path of paths) {
    options.signal?.throwIfAborted();
    const content = await readFile(join(from, path)).catch((cause: unknown) => {
      throw fileError(join(from, path), cause);
    });
    try {
      mkdirSync(dirname(join(to, path)), { recursive: true });
      writeFileSync(join(to, path), content, { flag: 'wx', mode: 0o444 });
    } catch (cause) {
      throw writeError(join(to, path), cause);
    }
    files.push({ path, sha256: hash('sha256', content, 'hex') });
    options.onProgress?.(files.length, paths.length);
  }
  return files;
}
