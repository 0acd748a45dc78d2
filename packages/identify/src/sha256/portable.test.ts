import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256Hex as byNode } from './node.ts';
import { sha256Hex } from './portable.ts';

test('the examples of the standard', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('agrees with node:crypto at every length around its blocks, and on any text', () => {
  for (let length = 0; length < 200; length++) {
    const text = 'x'.repeat(length);
    expect(sha256Hex(text)).toBe(byNode(text));
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
      expect(sha256Hex(text)).toBe(byNode(text));
    }),
  );
});
