import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Asked,
  type FakeApiServer,
  sendJson,
  startFakeApiServer,
} from '@gofleet/testkit/fake-api-server';
import { afterEach, expect, test, vi } from 'vitest';
import { createKubeClient, type KubeClient } from './client.ts';
import type { KubeObject } from './kube-object.ts';
import { createReflector, type Reflector } from './reflector.ts';

let server: FakeApiServer;
let client: KubeClient;
let reflector: Reflector<KubeObject>;
let changes: string[];
let errors: string[];
let delays: number[];

const pod = (name: string, resourceVersion: string): KubeObject => ({
  metadata: { namespace: 'n', name, resourceVersion, managedFields: [{}] },
});
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

async function start(
  answer: (asked: Asked, response: ServerResponse, watches: number) => void,
): Promise<void> {
  let watches = 0;
  changes = [];
  errors = [];
  delays = [];
  server = await startFakeApiServer((asked, response) => {
    if (asked.query.has('watch')) watches += 1;
    answer(asked, response, watches);
  });
  client = createKubeClient({ server: server.url, authorization: async () => undefined });
  reflector = createReflector({
    client,
    path: '/api/v1/pods',
    onChange: (change, { metadata }) =>
      changes.push(`${change} ${metadata.name}@${metadata.resourceVersion}`),
    onError: ({ code }, nextInMs) => {
      errors.push(code);
      delays.push(nextInMs);
    },
  });
  reflector.start();
  await reflector.synced;
}

async function until(test: () => boolean): Promise<void> {
  for (let round = 0; round < 200 && !test(); round++) await sleep(25);
  expect(test()).toBe(true);
}

afterEach(async () => {
  vi.useRealTimers();
  reflector.stop();
  await client.close();
  await server.close();
});

const list = (response: ServerResponse, resourceVersion: string, ...items: readonly KubeObject[]): void =>
  sendJson(response, { metadata: { resourceVersion }, items });

test('who waits for the first list is told when it never comes', async () => {
  await start(({ query }, response) => {
    if (!query.has('watch')) return list(response, '1');
    response.writeHead(200);
  });
  await reflector.untilSynced();
  const silent = createReflector({ client, path: '/api/v1/nodes', onChange: () => undefined });
  const waiting = silent.untilSynced();
  silent.stop();
  await expect(waiting).rejects.toMatchObject({ code: 'kube.stopped' });
  await expect(silent.untilSynced()).rejects.toMatchObject({ code: 'kube.stopped' });
});

test('what is listed and what is watched is in the store, without managed fields', async () => {
  await start(({ query }, response) => {
    if (!query.has('watch')) return list(response, '1', pod('a', '1'), pod('b', '1'));
    response.writeHead(200);
    response.write(
      line('MODIFIED', pod('a', '2')) + line('DELETED', pod('b', '3')) + line('ADDED', pod('c', '4')),
    );
  });
  await until(() => changes.length === 5);
  expect(changes).toEqual(['added a@1', 'added b@1', 'modified a@2', 'deleted b@3', 'added c@4']);
  expect([...reflector.store.keys()]).toEqual(['n/a', 'n/c']);
  expect(reflector.store.get('n/a')?.metadata).not.toHaveProperty('managedFields');
});

test('a watch that breaks is resumed where it stood, bookmarks included', async () => {
  await start(({ query }, response, watches) => {
    if (!query.has('watch')) return list(response, '1', pod('a', '1'));
    response.writeHead(200);
    if (watches > 1) return void response.write('\n');
    response.write(line('BOOKMARK', { metadata: { resourceVersion: '9' } }));
    setTimeout(() => response.destroy(), 50);
  });
  const watched = (): Asked[] => server.asked.filter(({ query }) => query.has('watch'));
  await until(() => watched().length === 2);
  expect(watched().map(({ query }) => query.get('resourceVersion'))).toEqual(['1', '9']);
  expect(server.asked.filter(({ query }) => !query.has('watch'))).toHaveLength(1);
  expect(errors).toEqual(['kube.unreachable']);
});

test('a version that is gone is listed anew, and what vanished meanwhile is told', async () => {
  await start(({ query }, response, watches) => {
    if (!query.has('watch'))
      return watches === 0
        ? list(response, '1', pod('a', '1'), pod('b', '1'))
        : list(response, '20', pod('a', '1'), pod('c', '20'));
    response.writeHead(200);
    if (watches === 1) response.end(line('ERROR', { code: 410, message: 'too old' }));
    else response.write('\n');
  });
  await until(() => changes.length === 4);
  expect(changes).toEqual(['added a@1', 'added b@1', 'added c@20', 'deleted b@1']);
  expect(errors).toEqual(['kube.gone']);
});

test('a list that fails is tried again', async () => {
  let lists = 0;
  await start(({ query }, response) => {
    if (query.has('watch')) return void response.writeHead(200).write('\n');
    lists += 1;
    if (lists === 1) return sendJson(response, { message: 'later' }, 503);
    list(response, '1', pod('a', '1'));
  });
  expect(changes).toEqual(['added a@1']);
  expect(errors).toEqual(['kube.unavailable']);
});

test('after failures, too, a version that is gone is listed anew at once', async () => {
  let lists = 0;
  await start(({ query }, response, watches) => {
    if (!query.has('watch')) {
      lists += 1;
      return list(response, '1', pod('a', '1'));
    }
    if (watches <= 3) return sendJson(response, {}, watches === 3 ? 410 : 503);
    response.writeHead(200).write('\n');
  });
  await until(() => lists === 2);
  expect(errors).toEqual(['kube.unavailable', 'kube.unavailable', 'kube.gone']);
  expect(delays[1]).toBeGreaterThanOrEqual(500);
  expect(delays[2]).toBeLessThanOrEqual(500);
});

test('another object of the same name, come while nobody watched, is one that went and one that came', async () => {
  const wish = (uid: string, version: string): KubeObject => ({
    metadata: { namespace: 'n', name: 'a', uid, resourceVersion: version },
  });
  await start(({ query }, response, watches) => {
    if (!query.has('watch'))
      return list(response, String(watches + 1), wish(`uid-${watches}`, String(watches + 1)));
    response.writeHead(200);
    if (watches === 1) response.end(line('ERROR', { code: 410, message: 'too old' }));
    else response.write('\n');
  });
  await until(() => changes.length === 3);
  expect(changes).toEqual(['added a@1', 'deleted a@1', 'added a@2']);
});

test('a quiet collection whose watches break now and then is not asked later and later', async () => {
  await start((_, response) => list(response, '1'));
  reflector.stop();
  vi.useFakeTimers({ toFake: ['Date'] });
  reflector = createReflector({
    client: {
      ...client,
      pages: async function* () {
        yield { metadata: { resourceVersion: '1' }, items: [] };
      },
      // biome-ignore lint/correctness/useYield: nothing happens in the collection
      watch: async function* (_, options) {
        options?.onOpen?.();
        vi.setSystemTime(Date.now() + 5000);
        throw new Error('broken off');
      },
    },
    path: '/api/v1/pods',
    onError: (_, nextInMs) => delays.push(nextInMs),
  });
  reflector.start();
  await until(() => delays.length === 4);
  expect(Math.max(...delays)).toBeLessThanOrEqual(500);
});
