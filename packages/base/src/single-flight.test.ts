import { expect, test } from 'vitest';
import { SingleFlight } from './single-flight.ts';

test('one piece of work at a time for each key, and another when it has ended or failed', async () => {
  const flight = new SingleFlight<number>();
  let begun = 0;
  const work = async (): Promise<number> => ++begun;
  expect(await Promise.all(['a', 'a', 'b'].map((key) => flight.run(key, work)))).toEqual([1, 1, 2]);
  const failing = () => flight.run('a', () => Promise.reject(new Error('no')));
  await expect(Promise.all([failing(), failing()])).rejects.toThrow('no');
  expect(await flight.run('a', work)).toBe(3);
});
