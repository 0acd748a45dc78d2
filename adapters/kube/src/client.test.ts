import { isGofleetError } from '@gofleet/base/errors';
import { collect } from '@gofleet/testkit/collect';
import {
  type Answer,
  type FakeApiServer,
  sendJson,
  startFakeApiServer,
} from '@gofleet/testkit/fake-api-server';
import { afterEach, expect, test } from 'vitest';
import { createKubeClient, type KubeClient } from './client.ts';

let server: FakeApiServer;
let client: KubeClient;

async function start(answer: Answer): Promise<void> {
  server = await startFakeApiServer(answer);
  client = createKubeClient({ server: server.url, authorization: async () => 'Bearer s3cret' });
}

afterEach(async () => {
  await client.close();
  await server.close();
});

const failed = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

test('a request carries the token and the path, and answers the object', async () => {
  await start((_, response) => sendJson(response, { metadata: { name: 'a' } }));
  expect(await client.get('/api/v1/nodes/a', { x: 1, absent: undefined })).toEqual({
    metadata: { name: 'a' },
  });
  expect(server.asked[0]?.headers.authorization).toBe('Bearer s3cret');
  expect(server.asked[0]?.query.toString()).toBe('x=1');
});

test('a name leads nowhere but to where it stands', async () => {
  await start((_, response) => sendJson(response, {}));
  for (const name of ['..', '../x', '..\\x', '.\t./x', '%2e%2e/x'])
    await expect(client.get(`/api/v1/namespaces/${name}/pods`)).rejects.toMatchObject({
      code: 'kube.odd-path',
    });
  expect(server.asked).toEqual([]);
});

test('a body goes with every method that has one, a deletion too, and the connection serves what follows', async () => {
  await start((_, response) => sendJson(response, {}));
  await client.delete('/api/v1/pods/a', { gracePeriodSeconds: 0 });
  await client.create('/api/v1/pods', { name: 'ä' });
  await client.get('/api/v1/pods/a');
  expect(server.asked.map(({ method, body }) => [method, body])).toEqual([
    ['DELETE', '{"gracePeriodSeconds":0}'],
    ['POST', '{"name":"ä"}'],
    ['GET', ''],
  ]);
});

test('all pages of a list', async () => {
  await start(({ query }, response) => {
    const isLast = query.get('continue') === 'next';
    const metadata = { resourceVersion: '7', ...(isLast ? {} : { continue: 'next' }) };
    sendJson(response, { metadata, items: [isLast ? 'b' : 'a'] });
  });
  expect(await client.list('/api/v1/pods')).toEqual({
    metadata: { resourceVersion: '7' },
    items: ['a', 'b'],
  });
  expect(server.asked.map(({ query }) => query.get('limit'))).toEqual(['250', '250']);
});

test('each kind of patch has its content type; apply has its manager and force', async () => {
  await start((_, response) => sendJson(response, {}));
  for (const type of ['merge', 'json', 'strategic', 'apply'] as const)
    await client.patch('/x', {}, { type, fieldManager: 'me' });
  expect(server.asked.map(({ headers }) => headers['content-type'])).toEqual([
    'application/merge-patch+json',
    'application/json-patch+json',
    'application/strategic-merge-patch+json',
    'application/apply-patch+yaml',
  ]);
  expect(server.asked[3]?.query.toString()).toBe('fieldManager=me&force=false');
});

test.each([
  [404, 'NotFound', 'kube.not-found', 'never'],
  [409, 'Conflict', 'kube.conflict', 'later'],
  [409, 'AlreadyExists', 'kube.already-exists', 'never'],
  [403, 'Forbidden', 'kube.forbidden', 'later'],
  [410, 'Expired', 'kube.gone', 'later'],
  [422, 'Invalid', 'kube.invalid', 'never'],
  [429, 'TooManyRequests', 'kube.too-many-requests', 'later'],
  [503, 'ServiceUnavailable', 'kube.unavailable', 'later'],
])('status %i %s is %s', async (status, reason, code, retry) => {
  await start((_, response) => {
    response.setHeader('retry-after', '3');
    sendJson(response, { kind: 'Status', reason, message: `no: ${'x'.repeat(9000)}` }, status);
  });
  const error = await failed(client.get('/api/v1/pods'));
  if (!isGofleetError(error)) throw new Error('no error of ours');
  expect([error.code, error.retry]).toEqual([code, retry]);
  expect(error.facts).toMatchObject({ path: '/api/v1/pods', status, retryAfterS: 3 });
  expect(error.message.length).toBeLessThan(600);
  expect(JSON.stringify(error)).not.toContain('s3cret');
});

test('a server that is away is unreachable, and can be asked later', async () => {
  await start(() => undefined);
  await server.close();
  const error = await failed(client.get('/version'));
  expect(isGofleetError(error) && [error.code, error.retry]).toEqual(['kube.unreachable', 'later']);
  server = await startFakeApiServer(() => undefined);
});

test('a watch yields events until the server ends it, and throws what the server says', async () => {
  const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
  await start(({ query }, response) => {
    response.writeHead(200);
    response.write(event('ADDED', { metadata: { name: 'a' } }));
    response.end(
      query.get('resourceVersion') === 'old' ? event('ERROR', { code: 410, message: 'too old' }) : '',
    );
  });
  const names: string[] = [];
  for await (const { type } of client.watch('/api/v1/pods', { resourceVersion: '5' })) names.push(type);
  expect(names).toEqual(['ADDED']);
  expect(server.asked[0]?.query.get('allowWatchBookmarks')).toBe('true');
  const error = await failed(collect(client.watch('/api/v1/pods', { resourceVersion: 'old' })));
  expect(isGofleetError(error) && error.code).toBe('kube.gone');
});

test('a watch that says nothing ends by itself, one that is broken off throws', async () => {
  await start(({ path }, response) => {
    response.writeHead(200);
    response.write('\n');
    if (path === '/broken') setTimeout(() => response.destroy(), 50);
  });
  expect(await collect(client.watch('/quiet', { idleTimeoutMs: 300 }))).toEqual([]);
  const error = await failed(collect(client.watch('/broken')));
  expect(isGofleetError(error) && error.code).toBe('kube.unreachable');
});

test('an aborted watch ends without an error', async () => {
  await start((_, response) => void response.writeHead(200).write('\n'));
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  expect(await collect(client.watch('/x', { signal: abort.signal }))).toEqual([]);
});
