import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveArtefacts } from './artefact-server.ts';

let dir: string;
let server: Server;
let asked: string[];
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
  asked = [];
  server = await serveArtefacts({
    port: 0,
    store,
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
