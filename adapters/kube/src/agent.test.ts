import { type FakeApiServer, sendJson, startFakeApiServer } from '@gofleet/testkit/fake-api-server';
import { type FaultProxy, startFaultProxy } from '@gofleet/testkit/fault-proxy';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { issueAuthority, issueServing } from './certificates.ts';
import { createKubeClient, type KubeClient } from './client.ts';

const pingEveryMs = 100;
let server: FakeApiServer;
let proxy: FaultProxy;
let client: KubeClient;

beforeEach(async () => {
  const now = new Date();
  const authority = await issueAuthority({ commonName: 'test', now, lifetimeDays: 1 });
  const serving = await issueServing(authority, { dnsNames: ['localhost'], now, lifetimeDays: 1 });
  server = await startFakeApiServer(({ query }, response) => {
    if (query.get('watch') === null) return sendJson(response, {});
    response.write(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'a' } } })}\n`);
  });
  proxy = await startFaultProxy({
    listen: { host: '127.0.0.1', port: 0 },
    serving: { cert: serving.certificate, key: serving.key },
    upstream: { url: server.url },
    seed: 1,
  });
  client = createKubeClient(
    {
      server: `https://localhost:${proxy.port}`,
      ca: authority.certificate,
      authorization: async () => undefined,
    },
    { pingEveryMs },
  );
});
afterEach(async () => {
  await client.close();
  proxy.close();
  await server.close();
});

async function watchUntilItEnds(onFirst: () => void): Promise<unknown> {
  try {
    for await (const _ of client.watch('/x')) onFirst();
    return 'an ordinary end';
  } catch (thrown) {
    return thrown;
  }
}

test('a connection that says nothing any more is given up for all that goes over it, long before a timeout', async () => {
  const beganAt = performance.now();
  const ended = await watchUntilItEnds(() => {
    proxy.use('half-open');
    proxy.use(undefined);
  });
  expect(ended).toMatchObject({ code: 'kube.unreachable' });
  expect(String(ended)).toMatch(/no answer to pings for 0\.3 s/);
  expect(performance.now() - beganAt).toBeLessThan(5000);
  expect(await client.get('/x')).toEqual({});
});

test('a quiet connection that answers pings is kept', async () => {
  let isEnded = false;
  void watchUntilItEnds(() => undefined).then(() => {
    isEnded = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 12 * pingEveryMs));
  expect(isEnded).toBe(false);
});
