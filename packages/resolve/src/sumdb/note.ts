import { verify } from 'node:crypto';
import { GofleetError } from '@gofleet/base/errors';
import type { VerifierKey } from './verifier-key.ts';

const maxBytes = 1_000_000;
const maxSignatures = 100;
const signatureLine = /^— ([^+\s]+) ([A-Za-z0-9+/]+={0,2})$/;

function malformed(why: string): GofleetError {
  return new GofleetError(
    'resolve.malformed-note',
    `a signed note of the checksum database is malformed: ${why}`,
  );
}

interface Signature {
  readonly name: string;
  readonly keyHash: number;
  readonly bytes: Uint8Array;
}

function parseSignature(line: string): Signature {
  const [, name, encoded = ''] = signatureLine.exec(line) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (name === undefined || bytes.length < 5) throw malformed('expected "— NAME SIGNATURE"');
  return { name, keyHash: bytes.readUInt32BE(0), bytes: bytes.subarray(4) };
}

/** Text and signatures of a note, nothing checked. */
function parseNote(message: string): { text: string; signatures: Signature[] } {
  if (Buffer.byteLength(message) > maxBytes) throw malformed(`longer than ${maxBytes} bytes`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: notes may not have them
  if (/[\x00-\x09\x0b-\x1f\ufffd]/.test(message)) throw malformed('a control character, or no UTF-8');
  const split = message.lastIndexOf('\n\n');
  if (split < 0 || !message.endsWith('\n')) throw malformed('expected text, an empty line and signatures');
  const lines = message.slice(split + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw malformed(`more than ${maxSignatures} signatures`);
  return { text: message.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

/**
 * The text of a note that `key` has signed. Signatures of other keys say nothing and are passed over.
 * @throws `resolve.malformed-note`, `resolve.bad-signature`
 * @see golang.org/x/mod/sumdb/note Open
 */
export function openNote(message: string, key: VerifierKey): string {
  const { text, signatures } = parseNote(message);
  const ours = signatures.filter(({ name, keyHash }) => name === key.name && keyHash === key.keyHash);
  const good = ours.every(({ bytes }) => verify(null, Buffer.from(text), key.publicKey, bytes));
  if (ours.length > 0 && good) return text;
  const why = ours.length === 0 ? 'is not signed' : 'has a signature that is not made';
  throw new GofleetError(
    'resolve.bad-signature',
    `a tree head of the checksum database ${why} by the key of ${key.name}`,
    {
      facts: { database: key.name },
      hint: 'somebody between here and the database changes answers, or GOSUMDB names another key than the database uses',
    },
  );
}
