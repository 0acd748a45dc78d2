import { link, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withLock } from './lock.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gofleet-lock-'));
});
afterAll(() => rm(dir, { recursive: true }));

test('work under one lock never overlaps, in one process too, and leaves no file', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(5);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(join(dir, 'one'), work)));
  expect(most).toBe(1);
  expect(await readdir(dir)).toEqual([]);
});

test('a lock whose holder is dead is taken over, a broken one too', async () => {
  await writeFile(join(dir, 'dead'), JSON.stringify({ pid: process.pid, startTicks: 1 }));
  expect(await withLock(join(dir, 'dead'), async () => 'done')).toBe('done');
  await writeFile(join(dir, 'broken'), '{');
  expect(await withLock(join(dir, 'broken'), async () => 'done')).toBe('done');
});

test('a lock that stays held is an error that names the holder', async () => {
  const path = join(dir, 'held');
  await withLock(path, async () => {
    const waits: number[] = [];
    const waiting = withLock(path, async () => 0, { timeoutMs: 10, onWait: ({ pid }) => waits.push(pid) });
    await expect(waiting).rejects.toMatchObject({ code: 'lab.locked', retry: 'later' });
    expect(waits).toEqual([process.pid]);
  });
  await expect(link(path, join(dir, 'x'))).rejects.toThrow();
});
