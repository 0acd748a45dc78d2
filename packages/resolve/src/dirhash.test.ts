import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashFiles } from './dirhash.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('the sum of a go.mod, as the checksum database has it', () => {
  // golang.org/toolchain's go.mod is one line; its sum is the same for all releases.
  const files = [{ name: 'go.mod', sha256: sha256('module golang.org/toolchain\n') }];
  expect(hashFiles(files)).toBe('h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=');
});

test('order does not matter, content and names do', () => {
  const file = fc.record({
    name: fc.string({ minLength: 1 }).map((name) => name.replaceAll('\n', '')),
    sha256: fc.constant('00'),
  });
  fc.assert(
    fc.property(fc.uniqueArray(file, { selector: ({ name }) => name, minLength: 1 }), (files) => {
      expect(hashFiles([...files].reverse())).toBe(hashFiles(files));
      const [first, ...rest] = files as [(typeof files)[0]];
      expect(hashFiles([{ ...first, sha256: '01' }, ...rest])).not.toBe(hashFiles(files));
    }),
  );
  expect(() => hashFiles([{ name: 'a\nb', sha256: '00' }])).toThrow('line break');
});
