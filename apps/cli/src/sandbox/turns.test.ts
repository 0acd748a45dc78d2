import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

const never = new AbortController().signal;

test('so many at a time, the others in their order', async () => {
  const turns = new Turns(1, 2);
  const order: string[] = [];
  const first = await turns.take(never);
  expect(turns.ahead()).toBe(1);
  const waiting = ['b', 'c'].map(async (name) => {
    const release = await turns.take(never);
    order.push(name);
    release?.();
  });
  expect(turns.ahead()).toBeUndefined();
  first?.();
  await Promise.all(waiting);
  expect(order).toEqual(['b', 'c']);
  expect(turns.isIdle).toBe(true);
});

test('who gives up while waiting leaves the line, and nobody else is held up', async () => {
  const turns = new Turns(1, 5);
  const first = await turns.take(never);
  const leaving = new AbortController();
  const gone = turns.take(leaving.signal);
  const next = turns.take(never);
  leaving.abort();
  expect(await gone).toBeUndefined();
  expect(turns.ahead()).toBe(2);
  first?.();
  (await next)?.();
  expect(turns.isIdle).toBe(true);
});

test('who has given up already gets no turn', async () => {
  const turns = new Turns(1, 5);
  expect(await turns.take(AbortSignal.abort())).toBeUndefined();
  expect(turns.isIdle).toBe(true);
});
