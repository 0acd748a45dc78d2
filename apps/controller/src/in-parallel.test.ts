import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { allEnded, inParallel } from './in-parallel.ts';

test('every item is worked on once, eight at the same time at most', async () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const done: number[] = [];
  let [running, most] = [0, 0];
  await inParallel(items, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(1);
    running -= 1;
    done.push(item);
  });
  expect(done.sort((a, b) => a - b)).toEqual(items);
  expect(most).toBe(8);
});

test('after an error no more is begun, and what runs ends before it is told', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await sleep(item === 3 ? 1 : 20);
    if (item === 3) throw new Error('three');
    ended.push(item);
  };
  await expect(inParallel(Array.from(Array(100).keys()), work)).rejects.toThrow('three');
  expect(begun).toHaveLength(8);
  expect(ended).toHaveLength(7);
});

test('of works side by side the failure of one is told when all have ended', async () => {
  let hasEnded = false;
  const slow = sleep(20).then(() => {
    hasEnded = true;
    return 1;
  });
  await expect(allEnded([Promise.reject(new Error('two')), slow])).rejects.toThrow('two');
  expect(hasEnded).toBe(true);
  expect(await allEnded([slow, Promise.resolve('three')])).toEqual([1, 'three']);
});
