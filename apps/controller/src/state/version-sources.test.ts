import { GofleetError } from '@gofleet/base/errors';
import type { Sight } from '@gofleet/inject/declare-version';
import type { KubeClient } from '@gofleet/kube/client';
import { FakeObjectApi } from '@gofleet/testkit/fake-object-api';
import { makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { afterEach, expect, test, vi } from 'vitest';
import { maxSources, VersionSources } from './version-sources.ts';

const caches = '/apis/example.com/v1/namespaces/demo/caches';
let sources: VersionSources;
afterEach(() => sources.stop());

function wish(name: string, object = 'shop', apiVersion = 'example.com/v1') {
  const from = { apiVersion, kind: 'Cache', name: object, fieldPath: '.spec.go' };
  return makeRuntime({ metadata: { name }, spec: { runtime: { from } } });
}

async function start(): Promise<{ api: FakeObjectApi; told: string[]; lists: () => number }> {
  const api = new FakeObjectApi();
  const resources = [
    { name: 'caches/status', kind: 'Cache', namespaced: true },
    { name: 'caches', kind: 'Cache', namespaced: true },
  ];
  await api.create('/apis/example.com', { metadata: { name: 'v1' }, resources });
  const list = vi.spyOn(api, 'list');
  const told: string[] = [];
  const onChange = (runtime: string): void => void told.push(runtime);
  sources = new VersionSources({ client: api as unknown as KubeClient, log: () => undefined, onChange });
  return { api, told, lists: () => list.mock.calls.length };
}

const until = (state: Sight['state'], runtime = wish('a')): Promise<unknown> =>
  vi.waitFor(() => expect(sources.look(runtime).state).toBe(state));

test('an object is found, changes and goes, and whoever reads it is told', async () => {
  const { api, told, lists } = await start();
  expect([sources.look(wish('a')), sources.look(wish('b'))]).toEqual([
    { state: 'pending' },
    { state: 'pending' },
  ]);
  await until('absent');
  await api.create(caches, { metadata: { name: 'shop', namespace: 'demo' }, spec: { go: '1.25' } });
  await until('found');
  told.length = 0;
  await api.patch(`${caches}/shop`, { spec: { go: '1.26' } }, { type: 'apply' });
  await vi.waitFor(() => expect(sources.look(wish('a'))).toMatchObject({ object: { spec: { go: '1.26' } } }));
  expect(told).toEqual(['demo/a', 'demo/b']);
  await api.delete(`${caches}/shop`);
  await until('absent');
  expect(lists()).toBe(1);
});

test('who reads another object, or none, is told of the first one no more', async () => {
  const { api, told } = await start();
  for (const name of ['a', 'b']) sources.look(wish(name));
  await until('absent');
  sources.look(wish('a', 'other'));
  sources.forget('demo/b');
  await until('absent', wish('a', 'other'));
  told.length = 0;
  await api.create(caches, { metadata: { name: 'other', namespace: 'demo' } });
  await until('found', wish('a', 'other'));
  expect(new Set(told)).toEqual(new Set(['demo/a']));
});

test('a kind that nobody serves; a right that is missing', async () => {
  const { api } = await start();
  await until('not-served', wish('a', 'shop', 'elsewhere.example/v1'));
  vi.spyOn(api, 'list').mockRejectedValue(new GofleetError('kube.forbidden', 'no', { retry: 'later' }));
  sources.look(wish('a'));
  await vi.waitFor(() =>
    expect(sources.look(wish('a'))).toEqual({ state: 'forbidden', resource: 'caches.example.com' }),
  );
});

test('so many objects and no more', async () => {
  await start();
  for (let at = 0; at < maxSources; at += 1) sources.look(wish(`w${at}`, `o${at}`));
  expect(sources.look(wish('late', 'late'))).toEqual({ state: 'too-many', limit: maxSources });
  sources.forget('demo/w0');
  expect(sources.look(wish('late', 'late'))).toEqual({ state: 'pending' });
});
