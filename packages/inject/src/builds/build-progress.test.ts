import { GofleetError } from '@gofleet/base/errors';
import type { RelinkResult } from '@gofleet/build/relink';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  advanceBuild,
  attestBuild,
  failBuild,
  finishBuild,
  maxLost,
  publishBuild,
  renewBuild,
  takeBuild,
} from './build-progress.ts';
import { isOpen } from './choose-build.ts';
import type { GoBuild, GoBuildStatus } from './go-build.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const holder = { holder: 'worker-1', leaseSeconds: 30 };
const take = (build: GoBuild, seconds = 0) => takeBuild(build, { ...holder, now: at(seconds) });
const on = (build: GoBuild, status: GoBuildStatus): GoBuild => ({ ...build, status });
const build = makeGoBuild('a', { metadata: { generation: 3 } });
const taken = on(build, take(build));
const result = {
  reproduction: { goVersion: 'go1.21.5', equal: true, segments: [true], grade: 'proven', differences: [] },
  artefact: { sha256: 'b'.repeat(64), sizeBytes: 2, buildId: 'a/b/c/d', changes: [] },
} as unknown as RelinkResult;
const condition = (status: GoBuildStatus, type: string) =>
  status.conditions?.find((each) => each.type === type);

test('taken, advanced, finished: the claim is renewed and given back, the conditions keep step', () => {
  expect(taken.status).toMatchObject({ phase: 'Proving', attempts: 1, worker: 'worker-1', claim: holder });
  expect(condition(taken.status as GoBuildStatus, 'Ready')).toMatchObject({
    ...{
      status: 'Unknown',
      reason: 'Proving',
      observedGeneration: 3,
      lastTransitionTime: at(0).toISOString(),
    },
  });
  const told = advanceBuild(taken, { phase: 'Building', message: 'building', log: ['x'] }, at(8));
  expect(told).toMatchObject({ phase: 'Building', log: ['x'], claim: { renewedAt: at(8).toISOString() } });
  expect(told.claim?.acquiredAt).toBe(at(0).toISOString());
  const done = finishBuild(on(build, told), result, at(20));
  expect(done).toMatchObject({
    ...{ phase: 'Ready', grade: 'proven' },
    artefact: { sha256: 'b'.repeat(64), buildId: 'a/b/c/d' },
  });
  expect(done.claim).toBeUndefined();
  expect(condition(done, 'Ready')).toMatchObject({
    status: 'True',
    lastTransitionTime: at(20).toISOString(),
  });
  expect(condition(done, 'Reproduced')).toMatchObject({ status: 'True', reason: 'Proven' });
});

test('a compile error is final, with its first lines; it is not tried again', () => {
  const error = new GofleetError('build.compile-failed', 'x does not compile', {
    facts: { firstLines: './x.go:1: no' },
  });
  const failed = failBuild(taken, error, at(5));
  expect(failed).toMatchObject({ phase: 'Failed', code: 'build.compile-failed' });
  expect(failed.message).toBe('build.compile-failed: x does not compile\n./x.go:1: no');
  expect(condition(failed, 'Ready')).toMatchObject({ status: 'False', reason: 'CompileFailed' });
  expect(isOpen(on(build, failed))).toBe(false);
});

test('what may pass by itself is tried again, later each time, at most every ten minutes', () => {
  const away = new GofleetError('build.proxy-unreachable', 'away', { retry: 'later' });
  const delays: number[] = [];
  let current = taken;
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const failed = failBuild(current, away, at(0));
    expect(failed.phase).toBe('Queued');
    delays.push((Date.parse(failed.nextAttemptAt ?? '') - at(0).getTime()) / 1000);
    current = on(build, take(on(build, failed)));
    expect(current.status?.nextAttemptAt).toBeUndefined();
  }
  expect(delays.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
  expect(delays.at(-1)).toBe(600);
  expect(condition(failBuild(taken, away, at(0)), 'Ready')).toMatchObject({ reason: 'WillRetry' });
});

test('a build that takes its worker down again and again is given up', () => {
  let current = taken;
  for (let lost = 1; lost < maxLost; lost += 1) {
    current = on(build, take(current, lost));
    expect(current.status).toMatchObject({ phase: 'Proving', lost, attempts: lost + 1 });
  }
  const last = take(current, 9);
  expect(last).toMatchObject({ phase: 'Failed', code: 'build.worker-lost', attempts: maxLost });
  expect(last.claim).toBeUndefined();
});

test('so is one that hangs again and again', () => {
  const hang = new GofleetError('build.timeout', 'ran longer than 1800000 ms', { retry: 'later' });
  let current = taken;
  for (let lost = 1; lost < maxLost; lost += 1) {
    const failed = failBuild(current, hang, at(0));
    expect(failed).toMatchObject({ phase: 'Queued', lost });
    current = on(build, take(on(build, failed)));
  }
  expect(failBuild(current, hang, at(0))).toMatchObject({ phase: 'Failed', code: 'build.worker-lost' });
});

test('too little evidence is told by the policy condition', () => {
  const error = new GofleetError('build.grade-too-low', 'found claimed', { facts: { grade: 'claimed' } });
  const failed = failBuild(taken, error, at(5));
  expect(failed.grade).toBe('claimed');
  expect(condition(failed, 'Reproduced')).toMatchObject({ status: 'False', reason: 'GradeTooLow' });
  expect(condition(failed, 'Reproduced')?.message).toContain('the least accepted is compiled-equal');
});

test('an artefact that is lost is made again, and counts until then', () => {
  const done = on(build, finishBuild(taken, result, at(20)));
  const again = on(build, renewBuild(done, at(30)));
  expect(again.status).toMatchObject({ phase: 'Queued', artefact: { sha256: 'b'.repeat(64) } });
  expect(isOpen(again)).toBe(true);
});

test('publishing is a condition of its own, which later writes keep', () => {
  const done = on(build, finishBuild(taken, result, at(20)));
  const refused = publishBuild(done, { error: new GofleetError('oci.registry-refused', 'no room') }, at(21));
  expect(condition(refused, 'Published')).toMatchObject({
    status: 'False',
    message: 'oci.registry-refused: no room',
  });
  const image = 'registry.example/a@sha256:1';
  const pushed = publishBuild(on(build, refused), { image }, at(22));
  expect(pushed.artefact?.image).toBe(image);
  expect(condition(advanceBuild(on(build, pushed), {}, at(23)), 'Published')).toMatchObject({
    status: 'True',
  });
});

test('attesting is a condition of its own: signed as long as the attestation is of this artefact', () => {
  const done = on(build, finishBuild(taken, result, at(20)));
  const error = new GofleetError('attest.unreadable-key', 'Secret x: found something else');
  const refused = on(build, attestBuild(done, { error }, at(21)));
  const why = { status: 'False', reason: 'UnreadableKey', message: `${error.code}: ${error.message}` };
  expect(refused.status?.phase).toBe('Ready');
  expect(condition(refused.status as GoBuildStatus, 'Attested')).toMatchObject(why);
  const pushed = on(build, publishBuild(refused, { image: 'registry.example/a@sha256:1' }, at(22)));
  expect(condition(pushed.status as GoBuildStatus, 'Attested')).toMatchObject(why);

  const keyId = 'c'.repeat(64);
  const signed = on(build, attestBuild(pushed, { keyId }, at(23)));
  expect(signed.status).toMatchObject({ attestation: { keyId }, artefact: pushed.status?.artefact });
  expect(condition(signed.status as GoBuildStatus, 'Attested')).toMatchObject({ status: 'True' });
  const again = finishBuild(on(build, renewBuild(signed, at(24))), result, at(25));
  expect(again.attestation).toBeUndefined();
  expect(condition(again, 'Attested')).toBeUndefined();
});

test('nothing that is told makes an object without bound', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 2000 }), { maxLength: 200 }),
      fc.string({ maxLength: 9000 }),
      (log, message) => {
        const status = advanceBuild(taken, { log, message }, at(1));
        expect(JSON.stringify(status).length).toBeLessThan(120_000);
        expect(status.log?.length).toBeLessThanOrEqual(40);
      },
    ),
    { numRuns: 50 },
  );
});
