import { makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test, vi } from 'vitest';
import { FreshRuntimes } from './fresh-runtimes.ts';

const log = (): void => undefined;

test('asked once for a burst of reviews, and again after it', async () => {
  vi.useFakeTimers();
  try {
    const list = vi.fn(async () => ({ metadata: {}, items: [makeRuntime()] }) as never);
    const fresh = new FreshRuntimes({ list }, log);
    expect(await Promise.all(['a', 'a', 'b'].map((name) => fresh.of(name)))).toHaveLength(3);
    expect(list).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1500);
    expect(await fresh.of('a')).toHaveLength(1);
    expect(list).toHaveBeenCalledTimes(3);
  } finally {
    vi.useRealTimers();
  }
});

test('no answer in time, and a refused one, are none', async () => {
  const silent = new FreshRuntimes({ list: () => new Promise<never>(() => undefined) }, log);
  const refusing = new FreshRuntimes({ list: () => Promise.reject(new Error('refused')) }, log);
  expect(await Promise.all([silent.of('a'), refusing.of('a')])).toEqual([undefined, undefined]);
});

test('of many namespaces at once not all are asked about', async () => {
  const list = vi.fn(async () => ({ metadata: {}, items: [] }) as never);
  const fresh = new FreshRuntimes({ list }, log);
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, at) => fresh.of(`n${at}`)));
  expect(list).toHaveBeenCalledTimes(100);
  expect(answers.at(-1)).toBeUndefined();
});
