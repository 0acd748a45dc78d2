import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEnvironment, readEnvironment } from './read-environment.ts';

test('only what the Go runtime reads, the first of each', () => {
  const environ = 'PATH=/bin\0GODEBUG=a=1,b=2\0TOKEN=secret\0GODEBUG=late\0GOMEMLIMIT=100\0GOGCX=7\0GOGC=\0';
  expect(parseEnvironment(environ)).toEqual({ GODEBUG: 'a=1,b=2', GOMEMLIMIT: '100', GOGC: '' });
});

test('any text is read without a crash, and long values are cut', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseEnvironment(text) === 'object'));
  expect(parseEnvironment(`GODEBUG=${'x'.repeat(10_000)}`).GODEBUG).toHaveLength(4096);
});

test('of a process that runs; none of one without them; a failure for one that is gone', async () => {
  const child = spawn('sleep', ['60'], { env: { PATH: process.env.PATH, GOGC: '50', SECRET: 'x' } });
  const bare = spawn('sleep', ['60'], { env: { PATH: process.env.PATH } });
  await Promise.all([once(child, 'spawn'), once(bare, 'spawn')]);
  expect(await readEnvironment('/proc', child.pid ?? 0)).toEqual({ GOGC: '50' });
  expect(await readEnvironment('/proc', bare.pid ?? 0)).toBeUndefined();
  child.kill();
  bare.kill();
  await expect(readEnvironment('/proc', 2 ** 22 + 1)).rejects.toThrow();
});
