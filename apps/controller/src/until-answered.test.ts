import { expect, test } from 'vitest';
import { untilAnswered } from './until-answered.ts';

const log = (): void => undefined;

test('is asked again until it answers', async () => {
  let asked = 0;
  const ask = async (): Promise<string> => {
    asked += 1;
    if (asked < 3) throw new Error('down');
    return 'up';
  };
  const { signal } = new AbortController();
  expect(await untilAnswered('/version', ask, { log, signal, everyMs: 1 })).toBe('up');
  expect(asked).toBe(3);
});

test('the end of the process ends it', async () => {
  const abort = new AbortController();
  const asked = untilAnswered('/version', () => Promise.reject(new Error('down')), {
    ...{ log, everyMs: 60_000 },
    signal: abort.signal,
  });
  setTimeout(() => abort.abort(), 10);
  await expect(asked).rejects.toThrow(/abort/i);
});
