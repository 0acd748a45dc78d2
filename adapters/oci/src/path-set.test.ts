import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PathSet } from './path-set.ts';

test('it has what was added and nothing else, also after it was written down', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 200 }), fc.array(fc.string()), (paths, others) => {
      const set = new PathSet();
      for (const path of paths) set.add(path);
      const copy = new PathSet(JSON.parse(JSON.stringify(set.hashes)));
      expect(copy.size).toBe(paths.length);
      for (const path of [...paths, ...others]) {
        expect(set.has(path)).toBe(paths.includes(path));
        expect(copy.has(path)).toBe(paths.includes(path));
      }
    }),
  );
});

test('a hundred thousand paths that are much alike are told apart', () => {
  const set = new PathSet();
  for (let n = 0; n < 100_000; n++) set.add(`/usr/share/doc/package-${n}/README`);
  expect(new Set(set.hashes).size).toBe(100_000);
  expect(set.has('/usr/share/doc/package-100000/README')).toBe(false);
});
