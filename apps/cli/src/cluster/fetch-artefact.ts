import { createHash, randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { checkAttestation, parseEnvelope } from '@gofleet/build/attest';
import { parseVerifyingKey } from '@gofleet/filesystem/pem-keys';
import { publicKeyPath } from '@gofleet/filesystem/signing-keys';
import type { GoBuild } from '@gofleet/inject/builds';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import { unlessGone } from '@gofleet/kube/unless-gone';
import { attestationPath } from '../relink/attestation-path.ts';

/** An artefact of a cluster on this machine, with what it takes to verify it; plain JSON. */
export interface FetchedArtefact {
  readonly build: string;
  readonly path: string;
  readonly sha256: string;
  readonly attestation: string;
  /** The public key that the cluster names, PEM. */
  readonly publicKey: string;
  readonly keyId: string;
}

type Client = Pick<KubeClient, 'get' | 'getText' | 'getBytes'>;

const { namespace, signingKeys } = inCluster;
/** The builder behind the API server's proxy: whoever may use that needs no way into the cluster. */
const builder = `/api/v1/namespaces/${namespace}/services/gofleet-builder:http/proxy`;

function notFetched(code: string, { metadata }: GoBuild, why: string): GofleetError {
  return new GofleetError(code, `GoBuild ${metadata.name}: ${why}`, {
    facts: { build: metadata.name },
    hint: `gofleet builds ${metadata.name} says how far it is`,
  });
}

/** @throws `cli.not-built`, `attest.not-found` */
function requireAttested(build: GoBuild): { readonly sha256: string; readonly keyId: string } {
  const { phase = 'Queued', artefact, attestation, conditions } = build.status ?? {};
  if (artefact === undefined) throw notFetched('cli.not-built', build, `it has no artefact, it is ${phase}`);
  if (attestation) return { sha256: artefact.sha256, keyId: attestation.keyId };
  const { message } = conditions?.find(({ type }) => type === 'Attested') ?? {};
  const why = `its artefact is not attested${message === undefined ? ' yet' : `: ${message}`}`;
  throw notFetched('attest.not-found', build, why);
}

/** @throws `attest.unknown-key` */
async function readPublicKey(client: Client, keyId: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${signingKeys}`;
  const known = await unlessGone(client.get<{ data?: Readonly<Record<string, string>> }>(path));
  const text = known?.data?.[`${keyId}.pub`];
  if (text !== undefined) return text;
  const message = `ConfigMap ${namespace}/${signingKeys}: it holds no key ${keyId}`;
  throw new GofleetError('attest.unknown-key', message, { facts: { keyId } });
}

/** @throws `attest.wrong-attestation` */
function requireVerified(build: GoBuild, text: string, key: { keyId: string; publicKey: string }): void {
  const { sha256 = '' } = build.status?.artefact ?? {};
  const verifying = parseVerifyingKey(`ConfigMap ${namespace}/${signingKeys}`, key.publicKey);
  const [finding] = checkAttestation(parseEnvelope(text), verifying, sha256).findings;
  if (finding) throw notFetched('attest.wrong-attestation', build, finding.message);
}

/** A file in one step: nobody sees half of it, or what is not what it should be. */
async function writeWhole(path: string, content: AsyncIterable<Uint8Array>, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, content, { flag: 'wx', mode });
    await rename(temporary, path);
  } catch (thrown) {
    if (isGofleetError(thrown)) throw thrown;
    const message = `${path}: cannot be written: ${(thrown as Error).message}`;
    throw new GofleetError('cli.cannot-write', message, { facts: { path }, cause: thrown });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The bytes as they come; @throws `build.wrong-digest` at their end */
async function* requireDigest(
  bytes: AsyncIterable<Uint8Array>,
  expected: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest('hex');
  if (found === expected) return;
  const message = `the builder sent another artefact: expected sha256 ${expected}, found ${found}`;
  throw new GofleetError('build.wrong-digest', message, { facts: { expected, found }, retry: 'later' });
}

/**
 * Fetches what a build made, with its attestation and the public key that the cluster names beside it, after verifying one with the
 * other.
 * @throws `cli.not-built`, `attest.not-found`, `attest.unknown-key`, `attest.wrong-attestation`, `build.wrong-digest`, `kube.…`,
 * `cli.cannot-write`
 */
export async function fetchArtefact(client: Client, build: GoBuild, path: string): Promise<FetchedArtefact> {
  const { sha256, keyId } = requireAttested(build);
  const text = await client.getText(`${builder}/artefacts/${sha256}/attestation`);
  const pem = await readPublicKey(client, keyId);
  requireVerified(build, text, { keyId, publicKey: pem });
  const bytes = await client.getBytes(`${builder}/artefacts/${sha256}`);
  await writeWhole(path, requireDigest(bytes, sha256), 0o755);
  const [attestation, publicKey] = [attestationPath(path), publicKeyPath(path)];
  await writeWhole(attestation, Readable.from([Buffer.from(text)]), 0o644);
  await writeWhole(publicKey, Readable.from([Buffer.from(pem)]), 0o644);
  return { build: build.metadata.name, path, sha256, attestation, publicKey, keyId };
}
