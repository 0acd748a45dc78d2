import type { Finding } from '@gofleet/base/finding';
import type { VerifyingKey } from '../ports.ts';
import { type Envelope, isSignedBy, readPayload } from './envelope.ts';
import { type ProvenanceStatement, predicateType, statementType } from './provenance.ts';

/** What an attestation says, as far as it can be trusted: not at all while there are findings. */
export interface CheckedAttestation {
  readonly findings: readonly Finding[];
  readonly statement: ProvenanceStatement | undefined;
}

function wrong(code: string, message: string, facts: Finding['facts'], hint?: string): Finding {
  const more = { ...(facts === undefined ? {} : { facts }), ...(hint === undefined ? {} : { hint }) };
  return { code, severity: 'error', message, ...more };
}

function checkSignature(envelope: Envelope, key: VerifyingKey): Finding[] {
  if (isSignedBy(envelope, key)) return [];
  const signers = envelope.signatures.map(({ keyid }) => keyid.slice(0, 16)).join(', ');
  return [
    wrong(
      'attest.wrong-signature',
      `the attestation is not signed by the key ${key.keyId.slice(0, 16)}: it names ${signers || 'none'}`,
      { keyId: key.keyId },
      'name the public key of who built it with --key',
    ),
  ];
}

function isStatement(value: unknown): value is ProvenanceStatement {
  const { _type, predicateType: type, subject, predicate } = (value ?? {}) as Partial<ProvenanceStatement>;
  return (
    _type === statementType &&
    type === predicateType &&
    Array.isArray(subject) &&
    typeof predicate?.buildDefinition === 'object'
  );
}

/** Whether a file is what an attestation is about. */
function checkSubject({ subject }: ProvenanceStatement, sha256: string): Finding[] {
  const digests = subject.map((one) => one?.digest?.sha256);
  if (digests.includes(sha256)) return [];
  return [
    wrong(
      'attest.wrong-artefact',
      `the file is not what the attestation is about: expected sha256 ${digests.join(', ')}, found ${sha256}`,
      { sha256, expected: digests.join(', ') },
    ),
  ];
}

/**
 * Whether an attestation is signed by a key, and is about a file.
 * @param sha256 - of the file
 * @throws `attest.malformed`
 */
export function checkAttestation(envelope: Envelope, key: VerifyingKey, sha256: string): CheckedAttestation {
  const signature = checkSignature(envelope, key);
  // What nobody signed is not looked at.
  if (signature.length > 0) return { findings: signature, statement: undefined };
  const statement = readPayload(envelope);
  if (!isStatement(statement)) {
    const message = 'the attestation is no SLSA provenance (v1) in an in-toto statement (v1)';
    return { findings: [wrong('attest.wrong-statement', message, undefined)], statement: undefined };
  }
  return { findings: checkSubject(statement, sha256), statement };
}
