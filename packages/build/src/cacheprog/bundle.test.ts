import { createHash } from 'node:crypto';
import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outputsOf, parseBundle, renderBundle, unpackedBytesOf } from './bundle.ts';

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const entries = fc
  .array(fc.record({ action: fc.string(), output: fc.nat(20) }), { maxLength: 20 })
  .map((list) =>
    list.map(({ action, output }) => ({
      actionId: idOf(action),
      outputId: idOf(`${output}`),
      sizeBytes: output * 100,
    })),
  );

test('a bundle comes back as it was', () => {
  fc.assert(
    fc.property(entries, fc.uint8Array(), (list, packed) => {
      const bundle = parseBundle(renderBundle({ entries: list, packed }));
      expect(bundle.entries).toEqual(list);
      expect(new Uint8Array(bundle.packed)).toEqual(packed);
      expect(unpackedBytesOf(list)).toBe(outputsOf(list).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    }),
  );
});

test('damaged bundles give our error, or another bundle', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.nat(255), (list, at, byte) => {
      const bytes = Buffer.from(renderBundle({ entries: list, packed: new Uint8Array(8) }));
      bytes.writeUInt8(byte, at % bytes.length);
      try {
        parseBundle(bytes.subarray(0, bytes.length - (at % 3)));
      } catch (thrown) {
        expect(isGofleetError(thrown) && thrown.code).toBe('build.malformed-bundle');
      }
    }),
  );
});

test('a bundle that would unpack to too much is refused before it is unpacked', () => {
  const list = [0, 1].map((n) => ({ actionId: idOf(`${n}`), outputId: idOf(`o${n}`), sizeBytes: 200 << 20 }));
  expect(() => parseBundle(renderBundle({ entries: list, packed: new Uint8Array() }))).toThrow('at most');
});
