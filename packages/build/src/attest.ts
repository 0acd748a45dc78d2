// Attestations: what was built, from what and how well proved, signed.

export { type Attestor, attestRelink } from './attest/attest-relink.ts';
export { type CheckedAttestation, checkAttestation } from './attest/check-attestation.ts';
export { type Envelope, parseEnvelope, signStatement } from './attest/envelope.ts';
export type { BuilderIdentity, ProvenanceStatement, ResourceDescriptor } from './attest/provenance.ts';
