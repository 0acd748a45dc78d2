import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inClusterConnection, kubeconfigConnection } from './connection.ts';
import { parseKubeconfig } from './kubeconfig.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gofleet-kube-'));
});
afterAll(() => rm(dir, { recursive: true }));

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const config = (user: object, cluster: object = {}): string =>
  JSON.stringify({
    'current-context': 'main',
    clusters: [
      {
        name: 'c',
        cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': base64('CA'), ...cluster },
      },
    ],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'main', context: { cluster: 'c', user: 'u', namespace: 'apps' } },
      { name: 'other', context: { cluster: 'missing', user: 'u' } },
    ],
  });

async function connect(text: string, context?: string): ReturnType<typeof kubeconfigConnection> {
  const path = join(dir, 'config');
  await writeFile(path, text);
  return kubeconfigConnection({ path, ...(context === undefined ? {} : { context }) });
}

async function codeOf(asked: Promise<unknown>): Promise<string | undefined> {
  return asked.then(
    () => undefined,
    (thrown: unknown) => (isGofleetError(thrown) ? thrown.code : String(thrown)),
  );
}

test('embedded and named credentials', async () => {
  await writeFile(join(dir, 'client.crt'), 'CERT');
  const user = { 'client-certificate': 'client.crt', 'client-key-data': base64('KEY') };
  expect(await connect(config(user, { 'tls-server-name': 'api' }))).toMatchObject({
    server: 'https://10.0.0.1:6443',
    ca: 'CA',
    serverName: 'api',
    clientCertificate: { cert: 'CERT', key: 'KEY' },
    namespace: 'apps',
  });
  expect(await (await connect(config({ token: 't' }))).authorization()).toBe('Bearer t');
  expect(await (await connect(config({ username: 'a', password: 'b' }))).authorization()).toBe(
    `Basic ${base64('a:b')}`,
  );
  expect(await (await connect(config({}))).authorization()).toBeUndefined();
});

test('an exec plugin is run by client-node', async () => {
  const script = join(dir, 'plugin.sh');
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'from-plugin' },
  };
  await writeFile(script, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, { mode: 0o755 });
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: script, interactiveMode: 'Never' };
  const connection = await connect(config({ exec }));
  expect(await connection.authorization()).toBe('Bearer from-plugin');
});

test('what is wrong with a kubeconfig is said by code', async () => {
  expect(await codeOf(kubeconfigConnection({ path: join(dir, 'none') }))).toBe('kube.no-kubeconfig');
  expect(await codeOf(connect('{{'))).toBe('kube.malformed-kubeconfig');
  expect(await codeOf(connect('7'))).toBe('kube.malformed-kubeconfig');
  expect(await codeOf(connect(config({}), 'nope'))).toBe('kube.unknown-context');
  expect(await codeOf(connect(config({}), 'other'))).toBe('kube.malformed-kubeconfig');
  expect(await codeOf(connect(config({ 'client-certificate': 'gone.crt' })))).toBe(
    'kube.malformed-kubeconfig',
  );
  expect(await codeOf(connect(config({}, { 'proxy-url': 'http://p' })))).toBe('kube.malformed-kubeconfig');
});

test('any text gives a context or our error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseKubeconfig(text, { path: 'x' });
      } catch (thrown) {
        expect(isGofleetError(thrown)).toBe(true);
      }
    }),
  );
});

test('in a cluster: the service account of the pod', async () => {
  for (const [file, text] of [
    ['ca.crt', 'CA'],
    ['namespace', 'gofleet-system\n'],
    ['token', 'sa-token\n'],
  ] as const)
    await writeFile(join(dir, file), text);
  const connection = await inClusterConnection({ host: 'fd00::1', port: '443', dir });
  expect(connection).toMatchObject({
    server: 'https://[fd00::1]:443',
    ca: 'CA',
    namespace: 'gofleet-system',
  });
  expect(await connection.authorization()).toBe('Bearer sa-token');
  expect(await codeOf(inClusterConnection({ host: undefined, port: undefined }))).toBe('kube.not-in-cluster');
  expect(await codeOf(inClusterConnection({ host: 'x', port: '1', dir: join(dir, 'none') }))).toBe(
    'kube.not-in-cluster',
  );
});
