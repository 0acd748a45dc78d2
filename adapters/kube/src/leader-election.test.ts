import { FakeObjectApi } from '@gofleet/testkit/fake-object-api';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gateWrites } from './gate-writes.ts';
import { createLeaderElection, type LeaderElection } from './leader-election.ts';

const leases = '/apis/coordination.k8s.io/v1/namespaces/gofleet-system/leases';
const path = `${leases}/controller`;
let api: FakeObjectApi;
let elections: LeaderElection[];
/** What an API server out of reach would do, by who asks. */
let cutOff: Set<string>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  [api, elections, cutOff] = [new FakeObjectApi(), [], new Set()];
  await api.create(leases, { metadata: { name: 'controller', namespace: 'gofleet-system' }, spec: {} });
});
afterEach(async () => {
  cutOff.clear();
  const ended = elections.map((each) => each.stop());
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(ended);
  vi.useRealTimers();
});

function begin(identity: string, changes: boolean[] = []): LeaderElection {
  const reach = <T>(work: () => Promise<T>): Promise<T> =>
    cutOff.has(identity) ? Promise.reject(new Error('unreachable')) : work();
  const election = createLeaderElection({
    client: {
      get: <T>(at: string) => reach(() => api.get<T>(at)),
      update: <T>(at: string, body: unknown) => reach(() => api.update<T>(at, body)),
    },
    ...{ path, identity },
    onChange: (isLeader) => changes.push(isLeader),
  });
  elections.push(election);
  election.start();
  return election;
}

test('one leads, and goes on leading', async () => {
  const [a, b] = [begin('a'), begin('b')];
  await vi.advanceTimersByTimeAsync(120_000);
  expect([a.isLeader(), b.isLeader()].filter(Boolean)).toHaveLength(1);
});

test('a leader that is cut off stops writing before another begins', async () => {
  const changes: boolean[] = [];
  const a = begin('a', changes);
  await vi.advanceTimersByTimeAsync(100);
  const b = begin('b');
  await vi.advanceTimersByTimeAsync(10_000);
  expect([a.isLeader(), b.isLeader()]).toEqual([true, false]);
  cutOff.add('a');
  for (let elapsedMs = 0; elapsedMs < 30_000; elapsedMs += 100) {
    await vi.advanceTimersByTimeAsync(100);
    expect([a.isLeader(), b.isLeader()]).not.toEqual([true, true]);
  }
  expect([a.isLeader(), b.isLeader()]).toEqual([false, true]);
  expect(changes).toEqual([true, false]);
});

test('a leader that ends gives the lease back, and the next has it at once', async () => {
  const a = begin('a');
  await vi.advanceTimersByTimeAsync(100);
  await a.stop();
  expect(a.isLeader()).toBe(false);
  const b = begin('b');
  await vi.advanceTimersByTimeAsync(100);
  expect(b.isLeader()).toBe(true);
  expect(await api.get(path)).toMatchObject({ spec: { holderIdentity: 'b', leaseTransitions: 2 } });
});

test('a leader that stalls longer than its deadline may not write when it wakes', async () => {
  const a = begin('a');
  await vi.advanceTimersByTimeAsync(100);
  const client = gateWrites(api, () => a.isLeader());
  await client.create('/api/v1/namespaces/x/things', { metadata: { name: 'one' } });
  cutOff.add('a');
  await vi.advanceTimersByTimeAsync(10_000);
  await expect(client.create('/api/v1/namespaces/x/things', { metadata: { name: 'two' } })).rejects.toThrow(
    expect.objectContaining({ code: 'kube.not-leader', retry: 'later' }),
  );
  expect((await client.list('/api/v1/namespaces/x/things')).items).toHaveLength(1);
});
