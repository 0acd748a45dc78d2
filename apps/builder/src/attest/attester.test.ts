import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAttestation, parseEnvelope } from '@gofleet/build/attest';
import type { ArtefactStore, AttestationStore, StoredArtefact } from '@gofleet/build/ports';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { createAttestationStore } from '@gofleet/filesystem/attestation-store';
import { executableFiles } from '@gofleet/filesystem/inspect-file';
import { generateKey, parseVerifyingKey } from '@gofleet/filesystem/pem-keys';
import { type GoBuild, type GoBuildStatus, goBuildsPath } from '@gofleet/inject/builds';
import { makeElf } from '@gofleet/testkit/elf-maker';
import { FakeObjectApi } from '@gofleet/testkit/fake-object-api';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Attester } from './attester.ts';
import { openClusterKey } from './cluster-key.ts';

const system = '/api/v1/namespaces/gofleet-system';
const secretPath = `${system}/secrets/gofleet-signing`;
const { buildInfo } = makeGoBuild('a').spec.original;
/** Of what a build made, as its worker tells it. */
const recipe = {
  ...{ godebug: 'keep', linkFlags: '-s', argv: ['install'], env: { CGO_ENABLED: '0' } },
  toolchain: { goVersion: 'go1.26.8', tools: { compile: 'ef' } },
} as const;

let dir: string;
let api: FakeObjectApi;
let store: ArtefactStore;
let attestations: AttestationStore;
let logged: string[];
let stop: () => Promise<void>;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-attester-'));
  [api, store, attestations] = [
    new FakeObjectApi(),
    createArtefactStore({ dir }),
    createAttestationStore(dir),
  ];
  [logged, stop] = [[], async () => undefined];
  await api.create(`${system}/secrets`, { metadata: { name: 'gofleet-signing' } });
  await api.create(`${system}/configmaps`, { metadata: { name: 'gofleet-signing' } });
});
afterEach(async () => {
  await stop();
  rmSync(dir, { recursive: true, force: true });
});

const putElf = (goVersion: string): Promise<StoredArtefact> =>
  store.put(
    (async function* () {
      yield makeElf({ goVersion, modules: buildInfo });
    })(),
  );

/** Has a finished build looked at until it is as it is meant. */
async function attest(
  { sha256, sizeBytes }: StoredArtefact,
  isMeant: (status: GoBuildStatus) => boolean,
): Promise<GoBuildStatus> {
  const created = await api.create<GoBuild>(goBuildsPath, makeGoBuild('a'));
  const status = { phase: 'Ready', grade: 'proven', artefact: { sha256, sizeBytes }, recipe } as const;
  const build = await api.update<GoBuild>(`${goBuildsPath}/a/status`, { ...created, status });
  const attester = new Attester({
    ...{ client: api, store, attestations, files: executableFiles, builds: new Map([['a', build]]) },
    identity: { id: 'https://builder.example/cluster', version: '0.1.0' },
    openKey: () => openClusterKey(api),
    log: (...told) => logged.push(JSON.stringify(told)),
  });
  stop = () => attester.stop();
  attester.changed(build, created);
  return vi.waitFor(
    async () => {
      const { status: now } = await api.get<GoBuild>(`${goBuildsPath}/a`);
      expect(now && isMeant(now)).toBe(true);
      return now as GoBuildStatus;
    },
    { timeout: 10_000 },
  );
}

const attested = ({ conditions }: GoBuildStatus) => conditions?.find(({ type }) => type === 'Attested');
const dataOf = async (path: string): Promise<Readonly<Record<string, string>>> =>
  (await api.get<{ data?: Record<string, string> }>(path)).data ?? {};
const putKey = async (text: string): Promise<void> => {
  const secret = await api.get<object>(secretPath);
  await api.update(secretPath, {
    ...secret,
    data: { 'attest.pem': Buffer.from(text).toString('base64') },
  } as never);
};

test('an artefact is signed with a key that is made for the cluster, and verified with what the ConfigMap tells', async () => {
  const artefact = await putElf('go1.26.8');
  const status = await attest(artefact, ({ attestation }) => attestation !== undefined);
  const { keyId = '' } = status.attestation ?? {};
  expect(attested(status)).toMatchObject({ status: 'True', reason: 'Signed' });

  const publicKeys = await dataOf(`${system}/configmaps/gofleet-signing`);
  expect(Object.keys(publicKeys)).toEqual([`${keyId}.pub`]);
  const key = parseVerifyingKey('ConfigMap', publicKeys[`${keyId}.pub`] ?? '');
  const { text = '' } = (await attestations.find(artefact.sha256)) ?? {};
  const { findings, statement } = checkAttestation(parseEnvelope(text), key, artefact.sha256);
  expect(findings).toEqual([]);
  expect(statement?.predicate).toMatchObject({
    buildDefinition: { internalParameters: { argv: ['install'], linkFlags: '-s' } },
    runDetails: {
      builder: {
        id: 'https://builder.example/cluster',
        builderDependencies: [{ name: 'go1.26.8 compile', digest: { sha256: 'ef' } }],
      },
      byproducts: [{ annotations: { grade: 'proven' } }],
    },
  });
  const [secret = ''] = Object.values(await dataOf(secretPath));
  const privateLines = Buffer.from(secret, 'base64').toString().split('\n').slice(1, 2);
  expect(privateLines[0]).toHaveLength(64);
  for (const kept of [secret, ...privateLines]) expect(logged.join('')).not.toContain(kept);
});

test('a key that somebody gave signs; one that signed before stays known', async () => {
  const [mine, other] = [generateKey('p256'), generateKey('ed25519')];
  await putKey(mine.privateKey);
  const configMap = await api.get<object>(`${system}/configmaps/gofleet-signing`);
  const data = { [`${other.keyId}.pub`]: other.publicKey };
  await api.update(`${system}/configmaps/gofleet-signing`, { ...configMap, data } as never);
  const status = await attest(await putElf('go1.26.8'), ({ attestation }) => attestation !== undefined);
  expect(status.attestation).toEqual({ keyId: mine.keyId });
  expect(await dataOf(`${system}/configmaps/gofleet-signing`)).toEqual({
    ...data,
    [`${mine.keyId}.pub`]: mine.publicKey,
  });
  expect(Object.values(await dataOf(secretPath))).toHaveLength(1);
});

test('a key that cannot be read is told; the build stays ready, and is signed once the key is right', async () => {
  await putKey('no key');
  const artefact = await putElf('go1.26.8');
  const refused = await attest(artefact, (status) => attested(status)?.status === 'False');
  expect(refused).toMatchObject({ phase: 'Ready', artefact: { sha256: artefact.sha256 } });
  expect(attested(refused)).toMatchObject({
    reason: 'UnreadableKey',
    message:
      'attest.unreadable-key: Secret gofleet-system/gofleet-signing, attest.pem: expected a key in PEM form, found something else',
  });
  expect(await attestations.find(artefact.sha256)).toBeUndefined();
  await putKey(generateKey('ed25519').privateKey);
  await vi.waitFor(
    async () => {
      const { status } = await api.get<GoBuild>(`${goBuildsPath}/a`);
      expect(attested(status as GoBuildStatus)?.status).toBe('True');
    },
    { timeout: 10_000 },
  );
});

test('what is not what was asked for is not signed', async () => {
  const artefact = await putElf('go1.26.7');
  const status = await attest(artefact, (now) => attested(now)?.status === 'False');
  expect(attested(status)).toMatchObject({
    reason: 'WrongResult',
    message: expect.stringContaining('expected go1.26.8, found go1.26.7'),
  });
  expect(await dataOf(secretPath)).toEqual({});
});

test('a Secret that is gone is told', async () => {
  await api.delete(secretPath);
  const status = await attest(await putElf('go1.26.8'), (now) => attested(now)?.status === 'False');
  expect(attested(status)).toMatchObject({ reason: 'NoSigningKey' });
});
