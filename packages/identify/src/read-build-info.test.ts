import { makeElf } from '@gofleet/testkit/elf-maker';
import { expect, test } from 'vitest';
import { readBuildInfo } from './read-build-info.ts';

const file = makeElf();

test('reads a Blob, bytes, and what a function fetches', async () => {
  const whole = await readBuildInfo(file);
  expect(whole.goVersion).toBe('go1.26.8');
  expect(await readBuildInfo(new Blob([Uint8Array.from(file)]))).toEqual(whole);
  expect(await readBuildInfo(async ({ offset, length }) => file.subarray(offset, offset + length))).toEqual(
    whole,
  );
});

test('an error of the source comes through; a file that is no program is ours', async () => {
  const broken = readBuildInfo(() => Promise.reject(new Error('link down')));
  await expect(broken).rejects.toThrow('link down');
  await expect(readBuildInfo(new Uint8Array(9))).rejects.toMatchObject({ code: 'identify.not-executable' });
});

test('of a program whose build info lies far into its data little is fetched twice', async () => {
  const far = makeElf({ buildInfoSection: false, dataBefore: 3_000_000 });
  let fetches = 0;
  const facts = await readBuildInfo(async ({ offset, length }) => {
    fetches += 1;
    return far.subarray(offset, offset + length);
  });
  expect(facts.goVersion).toBe('go1.26.8');
  expect(fetches).toBeLessThan(10);
});
