import { createKubeClient } from '@gofleet/kube/client';
import { sendJson, startFakeApiServer } from '@gofleet/testkit/fake-api-server';
import { expect, test } from 'vitest';
import { removeOperator } from './deploy-operator.ts';
import { rabbitmqOperator as operator, workPathOf } from './operator.ts';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: operator.deployment, namespace: operator.namespace },
};

test('the work goes before the operator, whose finalizer it has', async () => {
  const work = workPathOf(operator);
  let looks = 0;
  const gone = new Set<string>();
  const server = await startFakeApiServer(({ method, path }, response) => {
    if (method === 'DELETE') {
      gone.add(path);
      return sendJson(response, {});
    }
    // The finalizer holds the object for a while after its deletion.
    const isHeld = !gone.has(`${work}/one`) || ++looks < 2;
    if (path === work) {
      const items = isHeld ? [{ metadata: { name: 'one' } }] : [];
      return sendJson(response, { metadata: {}, items });
    }
    sendJson(response, { reason: 'NotFound' }, gone.has(path) ? 404 : 200);
  });
  const client = createKubeClient({ server: server.url, authorization: async () => 'Bearer token' });
  await removeOperator(client, operator, [deployment]);
  const calls = server.asked.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);
  expect(calls).toEqual([
    'GET rabbitmqclusters',
    'DELETE one',
    'GET rabbitmqclusters',
    'GET rabbitmqclusters',
    `DELETE ${operator.deployment}`,
    `GET ${operator.deployment}`,
  ]);
  await client.close();
  await server.close();
});

test('a cluster that never had the operator has no work of it', async () => {
  const server = await startFakeApiServer((_, response) => sendJson(response, { reason: 'NotFound' }, 404));
  const client = createKubeClient({ server: server.url, authorization: async () => 'Bearer token' });
  await removeOperator(client, operator, [deployment]);
  expect(server.asked.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  await client.close();
  await server.close();
});
