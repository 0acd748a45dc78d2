import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionEntryBytes, parseActionEntry, renderActionEntry } from './action-entry.ts';

const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const entry = fc.record({
  actionId: hash,
  outputId: hash,
  sizeBytes: fc.maxSafeNat(),
  addedAtNs: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
});

test('rendering and parsing are inverse', () => {
  fc.assert(
    fc.property(entry, (each) => {
      const text = renderActionEntry(each);
      expect(text).toHaveLength(actionEntryBytes);
      expect(parseActionEntry(text)).toEqual(each);
    }),
  );
});

function parseOrRefuse(text: string): void {
  try {
    parseActionEntry(text);
  } catch (thrown) {
    expect(isGofleetError(thrown)).toBe(true);
  }
}

test('any text is an entry or our error', () => {
  fc.assert(fc.property(fc.string(), parseOrRefuse));
});

test('an entry with one character changed is an entry or our error', () => {
  fc.assert(
    fc.property(
      entry,
      fc.nat(actionEntryBytes - 1),
      fc.string({ minLength: 1, maxLength: 1 }),
      (each, at, put) => {
        const text = renderActionEntry(each);
        parseOrRefuse(`${text.slice(0, at)}${put}${text.slice(at + 1)}`);
      },
    ),
  );
});

const good = renderActionEntry({
  actionId: 'a'.repeat(64),
  outputId: 'b'.repeat(64),
  sizeBytes: 7,
  addedAtNs: 1n,
});

test.each([
  ['', 'found 0'],
  [good.slice(0, -1), 'found 174'],
  [`${good}\n`, 'found 176'],
  [good.replace('v1', 'v2'), 'expected "v1"'],
  [good.replace('a', 'A'), 'expected "v1"'],
  [good.replace(' 7 ', '-7 '), 'expected "v1"'],
  [good.replace(`${' '.repeat(19)}7`, '09999999999999999999'), 'expected "v1"'],
  [good.replace(`${' '.repeat(19)}7`, ' 9999999999999999999'), 'beyond all bounds'],
])('%j is refused', (text, why) => expect(() => parseActionEntry(text)).toThrow(why));
