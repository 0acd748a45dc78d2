import { makeElf } from '@gofleet/testkit/elf-maker';
import { expect, test } from 'vitest';
import { StreamCursor } from './byte-cursor.ts';
import { inspectMember } from './inspect-member.ts';
import { MemberWindow } from './member-window.ts';

const mebibyte = 1 << 20;

async function* chunksOf(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts;
}

/** So many chunks, each filled with its number. */
function* numbered(count: number): Generator<Buffer> {
  for (let number = 0; number < count; number++) yield Buffer.alloc(mebibyte, number);
}

test('of a small file every range is there, across chunks and at the end', async () => {
  const window = await MemberWindow.fill(new StreamCursor(chunksOf(numbered(4))), 4 * mebibyte);
  const bytes = window.read(mebibyte - 2, 4);
  expect([...bytes]).toEqual([0, 0, 1, 1]);
  expect([...window.read(4 * mebibyte - 1, 10)]).toEqual([3]);
  expect(window.read(4 * mebibyte, 1)).toHaveLength(0);
  window.release();
});

test('of a large file the ends are kept, and a range in between is our error', async () => {
  const size = 64 * mebibyte;
  const window = await MemberWindow.fill(new StreamCursor(chunksOf(numbered(64))), size);
  expect(window.read(10, 1)[0]).toBe(0);
  expect(window.read(size - 10, 1)[0]).toBe(63);
  expect(() => window.read(size / 2, 1)).toThrow(expect.objectContaining({ code: 'oci.oversized-program' }));
  window.release();
});

test('a large program is read of which most follows its build info', async () => {
  const program = makeElf({ goVersion: 'go1.25.1', dataBefore: mebibyte });
  const parts = [program, ...numbered(40)];
  const size = program.length + 40 * mebibyte;
  expect(await inspectMember(new StreamCursor(chunksOf(parts)), size)).toMatchObject({
    goVersion: 'go1.25.1',
  });
});

test('a program that is cut off is no find', async () => {
  const program = makeElf();
  expect(await inspectMember(new StreamCursor(chunksOf([program])), program.length + 1)).toBeUndefined();
});
