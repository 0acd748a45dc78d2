import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttestationStore } from '@gofleet/build/ports';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { createAttestationStore } from '@gofleet/filesystem/attestation-store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveArtefacts } from './artefact-server.ts';
import { uploadArtefact } from './worker/upload-artefact.ts';

let dir: string;
let server: Server;
let attestations: AttestationStore;
let asked: string[];
let announced: Set<string>;
let stored: { path: string; sha256: string };

const get = (path: string) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    signal: AbortSignal.timeout(5000),
  });

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-artefacts-'));
  const store = createArtefactStore({ dir });
  stored = await store.put(
    (async function* () {
      yield Buffer.from('an executable');
    })(),
  );
  [asked, announced] = [[], new Set()];
  attestations = createAttestationStore(dir);
  server = await serveArtefacts({
    port: 0,
    ...{ store, attestations },
    isAnnounced: (artefact) => announced.has(artefact),
    onMissing: (artefact) => asked.push(artefact) > 0 && artefact === stored.sha256,
    log: () => undefined,
  });
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(dir, { recursive: true, force: true });
});

test('an artefact is served with its length', async () => {
  const answer = await get(`/artefacts/${stored.sha256}`);
  expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '13']);
  expect(await answer.text()).toBe('an executable');
  expect((await get('/healthz')).status).toBe(200);
});

test('a corrupt artefact is dropped, never sent, and asked to be built again', async () => {
  const bytes = readFileSync(stored.path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  writeFileSync(stored.path, bytes);
  const answer = await get(`/artefacts/${stored.sha256}`);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(asked).toEqual([stored.sha256]);
});

test('what nobody built is not found, what is no artefact is refused', async () => {
  expect((await get(`/artefacts/${'0'.repeat(64)}`)).status).toBe(404);
  expect((await get('/artefacts/..%2f..%2fetc%2fpasswd')).status).toBe(400);
  expect((await get('/')).status).toBe(404);
});

test('the attestation of an artefact is served beside it, and nobody hands one in', async () => {
  const path = `/artefacts/${stored.sha256}/attestation`;
  expect((await get(path)).status).toBe(404);
  await attestations.put(stored.sha256, '{"payload":""}\n');
  const answer = await get(path);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'application/vnd.dsse.envelope.v1+json',
  ]);
  expect(await answer.text()).toBe('{"payload":""}\n');
  announced.add(stored.sha256);
  expect((await put(`${stored.sha256}/attestation`, 'forged')).status).toBe(405);
  expect((await attestations.find(stored.sha256))?.text).toBe('{"payload":""}\n');
});

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');
const put = (artefact: string, body: string) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/artefacts/${artefact}`, {
    method: 'PUT',
    body,
  });

test('a worker hands in what it has announced, and nothing else', async () => {
  const artefact = sha256Of('relinked');
  expect((await put(artefact, 'relinked')).status).toBe(409);
  announced.add(artefact);
  expect((await put(artefact, 'another')).status).toBe(422);
  expect((await get(`/artefacts/${artefact}`)).status).toBe(404);
  expect((await put(artefact, 'relinked')).status).toBe(201);
  expect(await (await get(`/artefacts/${artefact}`)).text()).toBe('relinked');
});

test('an upload waits until its announcement is heard of; one that is refused says why', async () => {
  const path = join(dir, 'relinked');
  writeFileSync(path, 'relinked');
  const sha256 = sha256Of('relinked');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { signal } = new AbortController();
  setTimeout(() => announced.add(sha256), 100);
  await uploadArtefact(url, { path, sha256 }, signal);
  await uploadArtefact(url, { path, sha256 }, signal);
  announced.add('1'.repeat(64));
  const wrong = uploadArtefact(url, { path, sha256: '1'.repeat(64) }, signal);
  await expect(wrong).rejects.toMatchObject({ code: 'builder.artefact-refused', retry: 'later' });
});
