import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SigningKey, VerifyingKey } from '../ports.ts';
import { isSignedBy, parseEnvelope, preAuthEncoding, readPayload, signStatement } from './envelope.ts';

/** A key whose signature is the message backwards. */
const backwards: SigningKey & VerifyingKey = {
  keyId: 'backwards',
  sign: (message) => Buffer.from(message).reverse(),
  verify: (message, signature) => Buffer.from(message).reverse().equals(signature),
};

test('the example of the specification', () => {
  const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
  expect(String(encoded)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
});

test('what is signed comes back, and nothing else is signed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), (value, place) => {
      const statement = JSON.parse(JSON.stringify(value)) as unknown;
      const envelope = parseEnvelope(JSON.stringify(signStatement(statement, backwards)));
      expect(isSignedBy(envelope, backwards)).toBe(true);
      expect(readPayload(envelope)).toEqual(statement);
      const payload = Buffer.from(envelope.payload, 'base64');
      payload[place % payload.length] = (payload[place % payload.length] ?? 0) ^ 1;
      expect(isSignedBy({ ...envelope, payload: payload.toString('base64') }, backwards)).toBe(false);
      expect(isSignedBy({ ...envelope, payloadType: 'text/plain' }, backwards)).toBe(false);
    }),
  );
});

test('anything else ends in our error', () => {
  const almost = fc.record(
    { payloadType: fc.anything(), payload: fc.anything(), signatures: fc.anything() },
    { requiredKeys: [] },
  );
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    almost.map((value) => JSON.stringify(value) ?? ''),
    fc
      .array(fc.jsonValue())
      .map((signatures) => JSON.stringify({ payloadType: 'a', payload: '', signatures })),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parseEnvelope(text);
      } catch (thrown) {
        expect(isGofleetError(thrown) && thrown.code).toBe('attest.malformed');
      }
    }),
  );
  const envelope = signStatement({}, backwards);
  expect(() => readPayload({ ...envelope, payloadType: 'text/plain' })).toThrow('of type text/plain');
  expect(() => readPayload({ ...envelope, payload: '////' })).toThrow('no JSON');
});
