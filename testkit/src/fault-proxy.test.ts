import { isGofleetError } from '@gofleet/base/errors';
import { issueAuthority, issueServing } from '@gofleet/kube/certificates';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeApiServer, sendJson, startFakeApiServer } from './fake-api-server.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

let server: FakeApiServer;
let proxy: FaultProxy;
let client: KubeClient;

beforeEach(async () => {
  const now = new Date();
  const authority = await issueAuthority({ commonName: 'test', now, lifetimeDays: 1 });
  const serving = await issueServing(authority, { dnsNames: ['localhost'], now, lifetimeDays: 1 });
  server = await startFakeApiServer(({ query }, response) => {
    if (query.get('watch') === null) return sendJson(response, { text: 'x'.repeat(2000) });
    response.write(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'a' } } })}\n`);
  });
  proxy = await startFaultProxy({
    listen: { host: '127.0.0.1', port: 0 },
    serving: { cert: serving.certificate, key: serving.key },
    upstream: { url: server.url },
    seed: 1,
  });
  client = createKubeClient({
    server: `https://localhost:${proxy.port}`,
    ca: authority.certificate,
    authorization: async () => undefined,
  });
});
afterEach(async () => {
  await client.close();
  proxy.close();
  await server.close();
});

const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'answered',
    (thrown: unknown) => (isGofleetError(thrown) ? thrown.code : String(thrown)),
  );

async function codes(ask: () => Promise<unknown>, turns = 12): Promise<readonly string[]> {
  const found = new Set<string>();
  for (let turn = 0; turn < turns; turn += 1) found.add(await codeOf(ask()));
  return [...found].sort();
}

test('without a fault everything passes', async () => {
  expect(await codes(() => client.get('/x'))).toEqual(['answered']);
  expect(await codes(() => client.create('/x', { a: 1 }))).toEqual(['answered']);
  expect(server.asked.at(-1)?.body).toBe('{"a":1}');
  expect(proxy.counts()).toEqual({});
});

test.each([
  ['cut', ['answered', 'kube.unreachable']],
  ['too-many-requests', ['answered', 'kube.too-many-requests']],
  ['unavailable', ['answered', 'kube.unavailable']],
] as const)('%s', async (fault, expected) => {
  proxy.use(fault);
  expect(await codes(() => client.get('/x'))).toEqual(expected);
  expect(proxy.counts()[fault]).toBeGreaterThan(0);
  proxy.use(undefined);
  expect(await codeOf(client.get('/x'))).toBe('answered');
});

test('reset: connections of before, and again while it lasts', async () => {
  const watch = async (begin: () => void): Promise<void> => {
    for await (const _ of client.watch('/x')) begin();
  };
  expect(await codeOf(watch(() => proxy.use('reset')))).toBe('kube.unreachable');
  expect(await codeOf(watch(() => undefined))).toBe('kube.unreachable');
  proxy.use(undefined);
  expect(await codeOf(client.get('/x'))).toBe('answered');
});

test('delay: answers come late, whole and in order', async () => {
  proxy.use('delay');
  const beganAt = performance.now();
  expect(await codes(() => client.get('/x'), 2)).toEqual(['answered']);
  expect(performance.now() - beganAt).toBeGreaterThan(200);
});

test('a lost answer is one to a request that was done', async () => {
  proxy.use('lost-answer');
  expect(await codes(() => client.get('/x'))).toEqual(['answered']);
  expect(await codes(() => client.create('/done', {}))).toEqual(['answered', 'kube.unreachable']);
  expect(server.asked.filter(({ path }) => path === '/done')).toHaveLength(12);
});

test('gone: watches end with 410, those that are open and those that are asked for, and so do further pages', async () => {
  const watch = async (): Promise<void> => {
    for await (const _ of client.watch('/x', { resourceVersion: '1' })) proxy.use('gone');
  };
  expect(await codeOf(watch())).toBe('kube.gone');
  expect(await codeOf(watch())).toBe('kube.gone');
  expect(await codeOf(client.get('/x', { continue: 'next' }))).toBe('kube.gone');
  expect(await codeOf(client.get('/x'))).toBe('answered');
});

test('half-open: no answer and no end, for connections of before and new ones', async () => {
  await client.get('/x');
  proxy.use('half-open');
  const quiet = new Promise((resolve) => setTimeout(resolve, 300, 'nothing'));
  expect(await Promise.race([codeOf(client.get('/x')), quiet])).toBe('nothing');
  expect(proxy.counts()['half-open']).toBeGreaterThan(0);
});
