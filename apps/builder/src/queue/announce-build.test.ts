import { GofleetError } from '@gofleet/base/errors';
import {
  attestBuild,
  type GoBuild,
  type GoBuildStatus,
  publishBuild,
  releaseBuild,
  takeBuild,
} from '@gofleet/inject/builds';
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

test('a finished build that is not signed, or not pushed, is an event each time that the reason is another', () => {
  const built = on({ phase: 'Ready', grade: 'proven' });
  const fail = (build: GoBuild, message: string): GoBuild =>
    on(attestBuild(build, { error: new GofleetError('attest.unreadable-key', message) }, new Date()));
  const unsigned = fail(built, 'found something else');
  expect(eventOfBuild(unsigned, built)).toEqual({
    type: 'Warning',
    reason: 'NotAttested',
    message: 'attest.unreadable-key: found something else',
  });
  expect(eventOfBuild(fail(unsigned, 'found something else'), unsigned)).toBeUndefined();
  expect(eventOfBuild(fail(unsigned, 'found a damaged one'), unsigned)?.message).toContain('damaged');
  const error = new GofleetError('oci.push-refused', 'quota exceeded');
  const unpushed = on(publishBuild(unsigned, { error }, new Date()));
  expect(eventOfBuild(unpushed, unsigned)).toMatchObject({ type: 'Warning', reason: 'NotPublished' });
  const signed = on(attestBuild(unpushed, { keyId: 'a' }, new Date()));
  expect(eventOfBuild(signed, unpushed)).toBeUndefined();
});
