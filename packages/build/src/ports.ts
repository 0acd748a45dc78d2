import type { Finding } from '@gofleet/base/finding';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import type { RelinkResult, Reproduction } from './relink-result.ts';
import type { SourceSpec } from './source/source-spec.ts';

/** What is larger is no artefact, and no program that one could take the place of. */
export const maxArtefactBytes = 2 ** 30;

/** A file of the store, its content verified. */
export interface StoredArtefact {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A proof that was made: what was reproduced, and from what. */
export interface RecordedProof {
  readonly reproduction: Reproduction;
  readonly source: SourceSpec;
  readonly linkFlags: string;
}

/** Executables by their sha256, and which recipe made which. Safe with several processes on one directory. */
export interface ArtefactStore {
  /**
   * The artefact after its content was verified. One whose content does not have its hash is removed, reported as
   * `build.corrupt-artefact` to `onFinding`, and absent.
   */
  get(sha256: string): Promise<StoredArtefact | undefined>;
  /**
   * Stores a file (by its path) or a stream; keeps what is there already.
   * @throws `build.wrong-digest` when the content is not the one expected; nothing is stored then
   * @throws `build.store-failed`
   */
  put(
    source: string | AsyncIterable<Uint8Array>,
    expected?: { readonly sha256: string },
  ): Promise<StoredArtefact>;
  /** The sha256 of every artefact that is there, unverified. */
  list(): Promise<readonly string[]>;
  /** Takes an artefact away; where its file is open or mounted, its content stays. */
  remove(sha256: string): Promise<void>;
  /** Remembers what a recipe made. */
  recordBuild(recipeKey: string, result: RelinkResult): Promise<void>;
  /** What a recipe made, while its artefact is there and intact; `artefact.path` is where it lies now. */
  findBuild(recipeKey: string): Promise<RelinkResult | undefined>;
  /** Remembers how an original was reproduced: the next Go release needs no new proof. */
  recordProof(proofKey: string, proof: RecordedProof): Promise<void>;
  findProof(proofKey: string): Promise<RecordedProof | undefined>;
}

/** Signs; ed25519, or ECDSA with P-256 and SHA-256. */
export interface SigningKey {
  /** sha256 of the public key (DER, SubjectPublicKeyInfo): 64 hexadecimal digits. */
  readonly keyId: string;
  sign(message: Uint8Array): Uint8Array;
}

/** The public half of a {@link SigningKey}. */
export interface VerifyingKey {
  readonly keyId: string;
  /** Whether a signature is this key's; anything else than a signature is none. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** A signed statement about an artefact. */
export interface StoredAttestation {
  readonly path: string;
  readonly text: string;
}

/** Attestations by the sha256 of what they are about; the newest of each. */
export interface AttestationStore {
  find(sha256: string): Promise<StoredAttestation | undefined>;
  /** @throws `build.disk-full`, `build.store-failed` */
  put(sha256: string, text: string): Promise<StoredAttestation>;
}

/** Told about things that were put right. */
export type OnFinding = (finding: Finding) => void;

/**
 * Reads an executable file.
 * @throws `identify.…`
 */
export type InspectFile = (path: string) => Promise<BinaryFacts>;

/** Reads executables that a build made. */
export interface ExecutableReader {
  readonly inspect: InspectFile;
  /** sha256 and size of a file. */
  readonly hash: (path: string) => Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
}
