import { randomUUID } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { readJson } from './json-file.ts';
import { findProcess, isAlive, type ProcessRef } from './process-ref.ts';
import { waitUntil } from './wait-until.ts';

/** How to wait for a lock that another process holds. */
export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Called once when it has to wait. */
  onWait?: (holder: ProcessRef) => void;
  timeoutMs?: number;
}

/**
 * Runs `work` while no other process runs its own under the same path. A lock whose holder is dead is taken over.
 *
 * @throws GofleetError `lab.locked` when it is not free in time
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path, options);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, options: LockOptions): Promise<void> {
  const mine = `${path}.${process.pid}.${randomUUID()}`;
  // Linked into place when complete, so that nobody ever reads half a lock.
  await writeFile(mine, JSON.stringify(findProcess(process.pid)));
  let told = false;
  try {
    const taken = await waitUntil(
      async () => {
        if (await tryLink(mine, path)) return true;
        const holder = await holderOf(path);
        if (holder && isAlive(holder)) {
          if (!told) options.onWait?.(holder);
          told = true;
          return undefined;
        }
        await rm(path, { force: true });
        return tryLink(mine, path);
      },
      { timeoutMs: options.timeoutMs ?? 1_800_000, everyMs: 100, signal: options.signal },
    );
    if (!taken) throw lockedError(path, await holderOf(path));
  } finally {
    await rm(mine, { force: true });
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    () => false,
  );
}

function holderOf(path: string): Promise<ProcessRef | undefined> {
  return readJson<ProcessRef>(path);
}

function lockedError(path: string, holder: ProcessRef | undefined): GofleetError {
  return new GofleetError(
    'lab.locked',
    `lock ${path}: expected it to be free, found it held by process ${holder?.pid}`,
    {
      facts: { path, pid: holder?.pid },
      retry: 'later',
    },
  );
}
