import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signStatement } from '@gofleet/build/attest';
import { generateKey, parseSigningKey } from '@gofleet/filesystem/pem-keys';
import type { GoBuild, GoBuildStatus } from '@gofleet/inject/builds';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { type FakeApiServer, sendJson, startFakeApiServer } from '@gofleet/testkit/fake-api-server';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchArtefact } from './fetch-artefact.ts';

const content = Buffer.alloc(300_000, 'x');
const sha256 = createHash('sha256').update(content).digest('hex');
const pair = generateKey('ed25519');
const key = parseSigningKey('test', pair.privateKey);
const statement = {
  ...{ _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://slsa.dev/provenance/v1' },
  subject: [{ name: 'a', digest: { sha256 } }],
  predicate: { buildDefinition: {} },
};
const ready = {
  phase: 'Ready',
  artefact: { sha256, sizeBytes: content.length },
  attestation: { keyId: key.keyId },
} as const;

let dir: string;
let server: FakeApiServer;
let client: KubeClient;
/** What the cluster answers. */
let served: { artefact: (response: ServerResponse) => void; envelope: object; keys: Record<string, string> };

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-fetch-'));
  served = {
    artefact: (response) => response.end(content),
    envelope: signStatement(statement, key),
    keys: { [`${key.keyId}.pub`]: pair.publicKey },
  };
  const artefacts = `/api/v1/namespaces/gofleet-system/services/gofleet-builder:http/proxy/artefacts/${sha256}`;
  server = await startFakeApiServer(({ path }, response) => {
    if (path === artefacts) served.artefact(response);
    else if (path === `${artefacts}/attestation`) sendJson(response, served.envelope);
    else if (path === '/api/v1/namespaces/gofleet-system/configmaps/gofleet-signing')
      sendJson(response, { data: served.keys });
    else sendJson(response, {}, 404);
  });
  client = createKubeClient({ server: server.url, authorization: async () => undefined });
});
afterEach(async () => {
  await client.close();
  await server.close();
  rmSync(dir, { recursive: true });
});

const fetchBuild = (status: GoBuildStatus = ready) =>
  fetchArtefact(client, makeGoBuild('a', { status }) as GoBuild, join(dir, 'program'));

test('artefact, attestation and public key come side by side, verified', async () => {
  const fetched = await fetchBuild();
  expect(fetched).toMatchObject({ build: 'a', sha256, keyId: key.keyId });
  expect(readdirSync(dir).sort()).toEqual(['program', 'program.intoto.json', 'program.pub']);
  expect(readFileSync(fetched.path).equals(content)).toBe(true);
  expect(statSync(fetched.path).mode & 0o111).not.toBe(0);
  expect(readFileSync(fetched.publicKey, 'utf8')).toBe(pair.publicKey);
});

test('nothing is written of what is not what it should be', async () => {
  const other = generateKey('ed25519');
  const cases: readonly (readonly [string, () => void, GoBuildStatus?])[] = [
    ['build.wrong-digest', () => (served.artefact = (response) => response.end('another'))],
    ['kube.unreachable', () => (served.artefact = cutOff)],
    [
      'attest.wrong-attestation',
      () => (served.envelope = signStatement(statement, parseSigningKey('other', other.privateKey))),
    ],
    [
      'attest.wrong-attestation',
      () => (served.envelope = signStatement({ ...statement, subject: [{ digest: { sha256: '0' } }] }, key)),
    ],
    ['attest.malformed', () => (served.envelope = {})],
    ['attest.unknown-key', () => (served.keys = {})],
    ['cli.not-built', () => undefined, { phase: 'Building' }],
    ['attest.not-found', () => undefined, { phase: 'Ready', artefact: { sha256, sizeBytes: 1 } }],
  ];
  const before = { ...served };
  for (const [code, change, status] of cases) {
    served = { ...before };
    change();
    await expect(fetchBuild(status), code).rejects.toMatchObject({ code });
    expect(readdirSync(dir), code).toEqual([]);
  }
});

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, 1000));
  setTimeout(() => response.destroy(), 50);
}
