import { type GoBuild, type GoBuildStatus, releaseBuild, takeBuild } from '@gofleet/inject/builds';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { expect, test } from 'vitest';
import { eventOfBuild } from './announce-build.ts';

const on = (status: GoBuildStatus): GoBuild => makeGoBuild('a', { status });
const take = (build: GoBuild, holder: string, second: number) =>
  on(takeBuild(build, { holder, leaseSeconds: 30, now: new Date(Date.UTC(2026, 0, 1, 0, 0, second)) }));

test('beginnings, ends and losses are events; steps are not', () => {
  const first = take(makeGoBuild('a'), 'one', 0);
  expect(eventOfBuild(first, makeGoBuild('a'))).toMatchObject({ type: 'Normal', reason: 'Started' });
  expect(eventOfBuild(on({ ...first.status, phase: 'Building' }), first)).toBeUndefined();
  const second = take(first, 'two', 60);
  expect(eventOfBuild(second, first)).toMatchObject({ type: 'Warning', reason: 'WorkerLost' });
  const released = on(releaseBuild(second, 'its worker was stopped', new Date()));
  expect(eventOfBuild(released, second)).toMatchObject({ type: 'Normal', reason: 'Requeued' });
  expect(eventOfBuild(on({ phase: 'Failed', message: 'no' }), second)).toMatchObject({
    reason: 'Failed',
    message: 'no',
  });
  expect(eventOfBuild(on({ phase: 'Ready', grade: 'proven' }), second)).toMatchObject({ reason: 'Built' });
});
