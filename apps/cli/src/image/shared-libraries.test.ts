import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLddOutput } from './shared-libraries.ts';

test('libraries and the loader are found, the kernel’s own page is not', () => {
  const text = `	linux-vdso.so.1 (0x00007fb57d4d6000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fb57cf3e000)
	/lib64/ld-linux-x86-64.so.2 (0x00007fb57d4d8000)
`;
  expect(parseLddOutput(text)).toEqual(['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
});

test('a library that is not there is named', () => {
  expect(() => parseLddOutput('\tlibx.so.1 => not found\n')).toThrow('libx.so.1');
});

test('any text gives paths, never a crash', () => {
  fc.assert(fc.property(fc.string(), (garbage) => Array.isArray(parseLddOutput(garbage))));
});
