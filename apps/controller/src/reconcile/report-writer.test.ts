import { type GoPod, renderGoPod } from '@gofleet/inject/go-pod';
import type { PodStatus } from '@gofleet/inject/runtime-status';
import { makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import type { Pod } from '../state/pod.ts';
import { planReports, ReportWriter } from './report-writer.ts';

const runtime = makeRuntime();
const makePod = (name: string): Pod => ({
  metadata: { name, namespace: 'demo', uid: `uid of ${name}` },
  spec: { containers: [{ name: 'manager' }] },
});
const status = (pod: string, phase: PodStatus['phase'] = 'Verified'): PodStatus => ({
  ...{ pod, container: 'manager', phase, reason: 'because' },
  // What a node wrote is not the controller's to write.
  running: { sha256: 'x' } as never,
});
const report = (name: string, runtimes: readonly string[], uid = `uid of ${name}`): GoPod =>
  renderGoPod(
    { name, namespace: 'demo', uid },
    {
      wishes: runtimes.map((each) => ({
        ...{ runtime: each, container: 'manager', phase: 'Verified', reason: 'because' },
      })),
    },
  );

function plan(statuses: readonly PodStatus[], reports: readonly GoPod[]): unknown[] {
  const pods = statuses.map(({ pod }) => makePod(pod));
  const known = new Map(reports.map((each) => [each.metadata.name, each]));
  return planReports(runtime, statuses, { pods, reports: known }).map(({ pod, wishes }) => [
    pod.metadata.name,
    pod.metadata.uid,
    wishes,
  ]);
}

const wish = { runtime: 'operator', container: 'manager', phase: 'Verified', reason: 'because' };

test('only what is new is written, without the fields that are not set', () => {
  expect(plan([status('a'), status('b')], [report('a', ['operator'])])).toEqual([['b', 'uid of b', [wish]]]);
  expect(plan([status('a', 'Failed')], [report('a', ['operator'])])).toEqual([
    ['a', 'uid of a', [{ ...wish, phase: 'Failed' }]],
  ]);
});

test('a pod that took the name of another is told of anew', () => {
  expect(plan([status('a')], [report('a', ['operator'], 'uid before')])).toEqual([['a', 'uid of a', [wish]]]);
});

test('pods that are judged no more: the last wish takes the whole away, others only their part', () => {
  expect(plan([], [report('a', ['operator'])])).toEqual([['a', 'uid of a', undefined]]);
  expect(plan([], [report('a', ['operator', 'other'])])).toEqual([['a', 'uid of a', []]]);
  expect(plan([], [report('a', ['other'])])).toEqual([]);
});

test('a namespace is forgotten by as many requests as an API server answers in time', async () => {
  const asked: unknown[] = [];
  const client = {
    patch: async () => undefined as never,
    delete: async (path: string, _: unknown, query?: unknown) => {
      asked.push([path, query]);
      return undefined as never;
    },
  };
  const reports = new Map(Array.from({ length: 600 }, (_, at) => [`${at}`, report(`${at}`, ['operator'])]));
  await new ReportWriter(client).forget('demo', reports);
  expect(asked).toEqual(Array(3).fill(['/apis/gofleet.dev/v1alpha1/namespaces/demo/gopods', { limit: 250 }]));
});
