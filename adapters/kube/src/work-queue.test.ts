import { GofleetError } from '@gofleet/base/errors';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWorkQueue } from './work-queue.ts';

const noError = (): void => undefined;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const workFor = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a key that waits is not queued twice; one that is worked on comes once more; never twice at once', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const queue = createWorkQueue({
    work: async () => {
      running += 1;
      most = Math.max(most, running);
      runs += 1;
      await workFor(20);
      running -= 1;
      return undefined;
    },
    onError: noError,
    concurrency: 4,
  });
  for (let count = 0; count < 10; count++) queue.add('a');
  await pass(5);
  for (let count = 0; count < 10; count++) queue.add('a');
  await pass(100);
  expect([runs, most]).toEqual([2, 1]);
  await queue.stop();
});

test('keys are worked on side by side, up to the limit', async () => {
  let running = 0;
  let most = 0;
  const queue = createWorkQueue({
    work: async () => {
      running += 1;
      most = Math.max(most, running);
      await workFor(10);
      running -= 1;
      return undefined;
    },
    onError: noError,
    concurrency: 3,
  });
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  expect(queue.depth).toBe(2);
  await pass(60);
  expect(most).toBe(3);
  await queue.stop();
});

test('a failure is tried again, later each time, and not before the server asked for', async () => {
  const delays: number[] = [];
  const queue = createWorkQueue({
    work: async () => {
      throw new GofleetError('kube.too-many-requests', 'later', { facts: { retryAfterS: 0.05 } });
    },
    onError: (_, __, nextInMs) => delays.push(nextInMs),
    minDelayMs: 1,
    maxDelayMs: 4,
  });
  queue.add('a');
  await pass(200);
  await queue.stop();
  expect(delays.length).toBeGreaterThan(1);
  for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(37);
});

test('events while a failure waits are worked on at once, and make the next try no later', async () => {
  const delays: number[] = [];
  let isDown = true;
  const queue = createWorkQueue({
    work: async () => {
      if (isDown) throw new GofleetError('kube.unreachable', 'down');
      return undefined;
    },
    onError: (_, __, nextInMs) => delays.push(nextInMs),
    minDelayMs: 300,
  });
  for (let event = 0; event < 12; event++) {
    queue.add('a');
    await pass(5);
  }
  expect(delays).toHaveLength(12);
  expect(Math.max(...delays)).toBeLessThanOrEqual(375);
  isDown = false;
  await pass(450);
  expect(delays).toHaveLength(12);
  await queue.stop();
});

test('work that asks to come again does, and the earliest appointment stands', async () => {
  let runs = 0;
  const queue = createWorkQueue({
    work: async () => {
      runs += 1;
      return runs < 3 ? 10 : undefined;
    },
    onError: noError,
  });
  queue.addAfter('a', 5000);
  queue.addAfter('a', 10);
  await pass(150);
  expect(runs).toBe(3);
  await queue.stop();
});

test('a stopped queue takes nothing more and waits for what runs', async () => {
  let isDone = false;
  const queue = createWorkQueue({
    work: async () => {
      await workFor(30);
      isDone = true;
      return undefined;
    },
    onError: noError,
  });
  queue.add('a');
  await pass(5);
  const stopped = queue.stop();
  await pass(25);
  await stopped;
  expect(isDone).toBe(true);
  queue.add('b');
  expect(queue.depth).toBe(0);
});
