import { SumdbMaker } from '@gofleet/testkit/sumdb-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openNote } from './note.ts';
import { parseVerifierKey } from './verifier-key.ts';

const maker = new SumdbMaker('sums.example');
const key = parseVerifierKey(maker.verifierKey);
const text = 'go.sum database tree\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';
const signed = maker.sign(text);
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? String(thrown);
  }
};

/** The note and key of the documentation of golang.org/x/mod/sumdb/note. */
const documented = {
  key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  note: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
};

test('a signature made elsewhere', () => {
  expect(openNote(documented.note, parseVerifierKey(documented.key))).toMatch(/^If you think.*\n.*is\.\n$/);
});

test('a signed note gives its text; signatures of strangers do not matter', () => {
  expect(openNote(signed, key)).toBe(text);
  const stranger = new SumdbMaker('other.example').sign(text).split('\n\n')[1];
  expect(openNote(`${signed}${stranger}`, key)).toBe(text);
});

test('one changed character anywhere is refused', () => {
  fc.assert(
    fc.property(fc.nat(signed.length - 1), fc.constantFrom('A', '1', '\n', '=', 'é'), (at, other) => {
      fc.pre(signed[at] !== other);
      const changed = signed.slice(0, at) + other + signed.slice(at + 1);
      expect(codeOf(() => openNote(changed, key))).toMatch(/^resolve\.(malformed-note|bad-signature)$/);
    }),
  );
});

test('a stranger with the same name is refused', () => {
  const twin = new SumdbMaker('sums.example');
  expect(codeOf(() => openNote(twin.sign(text), key))).toBe('resolve.bad-signature');
});

test('whatever comes is our error', () => {
  const pieces = fc.oneof(fc.string(), fc.constantFrom('\n\n', '— ', 'sums.example', ' ', '\n', signed));
  fc.assert(
    fc.property(
      fc.array(pieces).map((parts) => parts.join('')),
      (message) => {
        fc.pre(message !== signed);
        const code = codeOf(() => openNote(message, key));
        expect(code ?? 'resolve.bad-signature').toMatch(/^resolve\.(malformed-note|bad-signature)$/);
      },
    ),
  );
});

test.each([
  '',
  'a',
  'a+b',
  'sums.example+00000000+AAAA',
  `${maker.verifierKey}A`,
  maker.verifierKey.replace('+', '++'),
])('no verifier key: %j', (written) => {
  expect(codeOf(() => parseVerifierKey(written))).toBe('resolve.malformed-verifier-key');
});
