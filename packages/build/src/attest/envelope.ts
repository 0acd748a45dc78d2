import { GofleetError } from '@gofleet/base/errors';
import type { SigningKey, VerifyingKey } from '../ports.ts';

/** A signed message. @see https://github.com/secure-systems-lab/dsse/blob/master/envelope.md */
export interface Envelope {
  readonly payloadType: string;
  /** Base 64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** The type of payloads that are in-toto statements. */
const statementType = 'application/vnd.in-toto+json';
const maxTextLength = 16 << 20;
const maxSignatures = 16;

/** What is signed: type and payload, each with its length. @see DSSE protocol.md "Signature Definition" */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const typeLength = Buffer.byteLength(payloadType);
  const head = `DSSEv1 ${typeLength} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** A statement (plain JSON), signed. */
export function signStatement(statement: unknown, key: SigningKey): Envelope {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = Buffer.from(key.sign(preAuthEncoding(statementType, payload))).toString('base64');
  return {
    payloadType: statementType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: key.keyId, sig }],
  };
}

function malformed(why: string, cause?: unknown): GofleetError {
  return new GofleetError('attest.malformed', `attestation: expected a DSSE envelope, ${why}`, {
    ...(cause === undefined ? {} : { cause }),
  });
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Base 64 of either alphabet, as the specification asks of readers. */
const isBase64 = (value: unknown): value is string =>
  isText(value) && /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/.test(value);

/**
 * An envelope from its JSON text. Nothing is verified.
 * @throws `attest.malformed`
 */
export function parseEnvelope(text: string): Envelope {
  if (text.length > maxTextLength) throw malformed(`found more than ${maxTextLength} characters`);
  let value: Partial<Record<keyof Envelope, unknown>> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (cause) {
    throw malformed('found no JSON', cause);
  }
  const { payloadType, payload, signatures } = value ?? {};
  if (!isText(payloadType) || !isBase64(payload)) throw malformed('found no payload');
  if (!Array.isArray(signatures) || signatures.length === 0) throw malformed('found no signature');
  if (signatures.length > maxSignatures) throw malformed(`found ${signatures.length} signatures`);
  const parsed = signatures.map((one: { keyid?: unknown; sig?: unknown } | null) => {
    if (!isBase64(one?.sig)) throw malformed('found a signature that is none');
    return { keyid: isText(one.keyid) ? one.keyid : '', sig: one.sig };
  });
  return { payloadType, payload, signatures: parsed };
}

/** Whether one of the signatures is the key's. The key's name in the envelope is only a hint, and not looked at. */
export function isSignedBy({ payloadType, payload, signatures }: Envelope, key: VerifyingKey): boolean {
  const signed = preAuthEncoding(payloadType, Buffer.from(payload, 'base64'));
  return signatures.some(({ sig }) => key.verify(signed, Buffer.from(sig, 'base64')));
}

/**
 * The payload of an envelope as JSON.
 * @throws `attest.malformed` when it is no in-toto statement
 */
export function readPayload({ payloadType, payload }: Envelope): unknown {
  if (payloadType !== statementType) throw malformed(`found a payload of type ${payloadType.slice(0, 100)}`);
  try {
    return JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  } catch (cause) {
    throw malformed('found a payload that is no JSON', cause);
  }
}
