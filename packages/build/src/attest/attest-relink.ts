import type { AttestationStore, ExecutableReader, SigningKey, StoredAttestation } from '../ports.ts';
import type { RelinkResult } from '../relink-result.ts';
import { signStatement } from './envelope.ts';
import { type BuilderIdentity, planProvenance } from './provenance.ts';

/** What attesting takes. */
export interface Attestor {
  readonly files: ExecutableReader;
  readonly store: AttestationStore;
  readonly key: SigningKey;
  readonly builder: BuilderIdentity;
}

/**
 * The signed provenance of an artefact, beside it in the store; the one that is there already when it is the same.
 * @param buildInfo - the original's build info text
 * @throws `identify.…`, and what the store throws
 */
export async function attestRelink(
  result: RelinkResult,
  buildInfo: string,
  { files, store, key, builder }: Attestor,
): Promise<StoredAttestation> {
  const { sha256, path } = result.artefact;
  const artefact = await files.inspect(path);
  const statement = planProvenance({ result, artefact, buildInfo, builder });
  const text = `${JSON.stringify(signStatement(statement, key))}\n`;
  const known = await store.find(sha256);
  return known?.text === text ? known : await store.put(sha256, text);
}
