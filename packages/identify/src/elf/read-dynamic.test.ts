import { readFileSync } from 'node:fs';
import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDynamic } from './read-dynamic.ts';

/** A program of this machine that is linked dynamically. */
const program = readFileSync('/bin/sh');
const read = (bytes: Uint8Array) => readDynamic((offset, length) => bytes.subarray(offset, offset + length));

test('a program: what it asks for, by library, version and symbol', () => {
  const { soname, needed, versions, undefined: wanted, defined, abiHash } = read(program);
  expect([soname, abiHash]).toEqual(['', undefined]);
  expect(needed).toContain('libc.so.6');
  expect(versions.some((version) => /^GLIBC_2\.\d+$/.test(version))).toBe(true);
  expect(wanted.get('execve')).toMatchObject({ kind: 'function', isWeak: false });
  expect(defined.has('execve')).toBe(false);
});

test('the C library of this machine offers the versions that programs ask for', () => {
  const path = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  const libc = path.sharedObjects.find((name) => /\/libc\.so\.6$/.test(name)) ?? '';
  const { soname, provides } = read(readFileSync(libc));
  expect(soname).toBe('libc.so.6');
  expect(provides).toEqual(expect.arrayContaining(['GLIBC_2.34', 'GLIBC_2.17', 'libc.so.6']));
});

test('a damaged file gives our error or facts, never a crash or a hang', () => {
  const place = fc.tuple(fc.nat(program.length - 1), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 40 }), fc.nat(program.length), (places, end) => {
      const bytes = Uint8Array.from(program.subarray(0, end > 4096 ? end : program.length));
      // Headers are what a reader goes by: most of the damage is done there.
      for (const [at, value] of places) bytes[at % 2 === 0 ? at % 1024 : at] = value;
      try {
        read(bytes);
      } catch (thrown) {
        if (!isGofleetError(thrown)) throw thrown;
      }
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      expect(() => read(bytes)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^identify\./) }),
      );
    }),
  );
});
