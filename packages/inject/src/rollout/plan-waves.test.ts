import { makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GoRuntime } from '../go-runtime.ts';
import { planWaves, type Verdict, type WorkloadFacts } from './plan-waves.ts';
import type { RolloutSpec } from './rollout-spec.ts';
import type { RolloutStatus } from './rollout-status.ts';
import { waveSizes } from './wave-sizes.ts';

const at = (second: number): string => new Date(second * 1000).toISOString();
const passed: Verdict = { outcome: 'passed' };

function wish(
  rollout: RolloutSpec,
  status?: RolloutStatus,
  metadata: Partial<GoRuntime['metadata']> = {},
): GoRuntime {
  return makeRuntime({
    metadata,
    spec: { rollout },
    status: status === undefined ? {} : { rollout: status },
  });
}

function facts(workload: string, more: Partial<WorkloadFacts> = {}): WorkloadFacts {
  return { workload, pods: 1, isBehind: true, isDone: false, isSettled: true, ...more };
}

/** Workloads that are done as soon as they have begun, some seconds later. */
function follow(names: readonly string[], rollout: RolloutStatus | undefined): readonly WorkloadFacts[] {
  const begun = new Set(
    rollout?.phase === 'Completed' ? names : rollout?.workloads?.map(({ workload }) => workload),
  );
  return names.map((name) => facts(name, begun.has(name) ? { isBehind: false, isDone: true } : {}));
}

function step(rollout: RolloutStatus | undefined, more: Partial<Parameters<typeof planWaves>[0]> = {}) {
  return planWaves({ runtime: wish({}, rollout), workloads: [], now: at(0), verdict: passed, ...more });
}

test('sizes of waves: rising, rounded up, and the last is all', () => {
  expect(waveSizes([1, '10%', '50%'], 30)).toEqual([1, 3, 15, 30]);
  expect(waveSizes([1, '10%', '50%'], 3)).toEqual([1, 2, 3]);
  expect(waveSizes([1, '10%', '50%'], 1)).toEqual([1]);
  expect(waveSizes(['100%'], 7)).toEqual([7]);
  expect(waveSizes([5, 2], 4)).toEqual([4]);
  expect(waveSizes([1], 0)).toEqual([]);
});

test('the first wave is the smallest workload; the next begins when it has passed', () => {
  const workloads = [facts('Deployment/a', { pods: 3 }), facts('Deployment/b'), facts('Deployment/c')];
  const first = step(undefined, { workloads });
  expect(first).toMatchObject({ phase: 'Progressing', wave: 1, waves: 3, to: { id: 'go1.26.8' } });
  expect(first?.workloads).toEqual([{ workload: 'Deployment/b', wave: 1 }]);
  const done = workloads.map((each) =>
    each.workload === 'Deployment/b' ? { ...each, isBehind: false, isDone: true } : each,
  );
  const watched = step(first, { workloads: done });
  expect(watched?.watchedSince).toBe(at(0));
  const second = step(watched, { workloads: done });
  expect(second).toMatchObject({ wave: 2, workloads: [{}, { workload: 'Deployment/c', wave: 2 }] });
});

test('nothing begins before everything is observed and built', () => {
  const workloads = [facts('Deployment/a'), facts('Deployment/b', { isSettled: false, isBehind: false })];
  expect(step(undefined, { workloads })).toMatchObject({ wave: 0, phase: 'Progressing' });
  expect(step(undefined, { workloads: [] })).toMatchObject({ wave: 0, phase: 'Progressing' });
});

test('a wave is watched for the pause, then judged', () => {
  const rollout = step(step(undefined, { workloads: [facts('Deployment/a')] }), {
    workloads: follow(['Deployment/a'], { workloads: [{ workload: 'Deployment/a' }] } as never),
  });
  const workloads = follow(['Deployment/a'], rollout);
  const runtime = wish({ pauseSeconds: 30 }, rollout);
  expect(planWaves({ runtime, workloads, now: at(29), verdict: passed })).toEqual(rollout);
  expect(planWaves({ runtime, workloads, now: at(30) })).toEqual(rollout);
  const waits: Verdict = { outcome: 'waits', notes: ['3 of 50 samples'] };
  expect(planWaves({ runtime, workloads, now: at(30), verdict: waits })).toMatchObject({
    phase: 'Progressing',
    notes: ['3 of 50 samples'],
  });
  expect(planWaves({ runtime, workloads, now: at(30), verdict: passed })?.phase).toBe('Completed');
});

test('a regression stops until the spec changes, or a retry is asked for', () => {
  const first = step(undefined, { workloads: [facts('Deployment/a')] });
  const verdict: Verdict = { outcome: 'regressed', evidence: ['Deployment/a: p99 2 s, before 1 s'] };
  const stopped = step(first, { workloads: [facts('Deployment/a')], verdict });
  expect(stopped).toMatchObject({ phase: 'Regressed', judgedGeneration: 1 });
  expect(stopped).toMatchObject({ evidence: ['Deployment/a: p99 2 s, before 1 s'] });
  const again = (metadata: Partial<GoRuntime['metadata']>) =>
    planWaves({
      runtime: wish({}, stopped, metadata),
      workloads: [facts('Deployment/a')],
      now: at(9999),
    })?.phase;
  expect(again({})).toBe('Regressed');
  expect(again({ generation: 2 })).toBe('Progressing');
  expect(again({ annotations: { 'gofleet.dev/retry': '1' } })).toBe('Progressing');
});

test('what is not verified and ready in time has regressed; what is held is waited for', () => {
  const first = step(undefined, { workloads: [facts('Deployment/a')] });
  const late = [facts('Deployment/a', { isBehind: false, lacks: '1 of 3 pods is not ready' })];
  const at600 = (workloads: readonly WorkloadFacts[]) => step(first, { workloads, now: at(600) });
  expect(at600(late)).toMatchObject({
    phase: 'Regressed',
    evidence: ['Deployment/a: 1 of 3 pods is not ready after 600 s'],
  });
  const held = [facts('Deployment/a', { waitsFor: 'PodDisruptionBudget x allows 0 disruptions now' })];
  expect(at600(held)).toMatchObject({ phase: 'Progressing', workloads: [{ heldAt: at(600) }] });
});

test('each workload has its own deadline: one that is held excuses no other, and has its time when it is let go', () => {
  const both = ['Deployment/a', 'Deployment/b'];
  const runtime = (rollout?: RolloutStatus) => wish({ waves: ['100%'] }, rollout);
  const plan = (rollout: RolloutStatus | undefined, workloads: readonly WorkloadFacts[], second: number) =>
    planWaves({ runtime: runtime(rollout), workloads, now: at(second), verdict: passed });
  const first = plan(
    undefined,
    both.map((name) => facts(name)),
    0,
  );
  const [stuck, done] = [
    facts('Deployment/a', { lacks: 'crashes' }),
    facts('Deployment/a', { isDone: true }),
  ];
  const held = facts('Deployment/b', { waitsFor: 'a budget' });
  expect(plan(plan(first, [stuck, held], 400), [stuck, held], 600)).toMatchObject({
    phase: 'Regressed',
    evidence: ['Deployment/a: crashes after 600 s'],
  });
  const waiting = plan(plan(first, [done, held], 400), [done, held], 900);
  const freed = facts('Deployment/b', { lacks: 'starts' });
  expect(plan(waiting, [done, freed], 1100)?.phase).toBe('Progressing');
  expect(plan(waiting, [done, freed], 1500)).toMatchObject({
    phase: 'Regressed',
    evidence: ['Deployment/b: starts after 600 s'],
  });
});

test('readiness that is lost while a wave is watched starts the watch anew', () => {
  const first = step(undefined, { workloads: [facts('Deployment/a')] });
  const done = [facts('Deployment/a', { isBehind: false, isDone: true })];
  const watched = step(first, { workloads: done });
  const lost = step(watched, { workloads: [facts('Deployment/a', { isBehind: false })], now: at(5) });
  expect(lost?.watchedSince).toBeUndefined();
  expect(step(lost, { workloads: done, now: at(9) })?.watchedSince).toBe(at(9));
});

test('what is lost of a wave that was done long ago, or while it was paused, has the whole deadline to come back', () => {
  const first = step(undefined, { workloads: [facts('Deployment/a')] });
  const done = [facts('Deployment/a', { isBehind: false, isDone: true })];
  const lost = [facts('Deployment/a', { isBehind: false, lacks: '9 of 10' })];
  const watched = step(first, { workloads: done, now: at(100) });
  const anew = step(watched, { workloads: lost, now: at(700) });
  expect(anew).toMatchObject({ phase: 'Progressing', waveStartedAt: at(700) });
  expect(step(anew, { workloads: lost, now: at(1299) })?.phase).toBe('Progressing');
  expect(step(anew, { workloads: lost, now: at(1300) })?.phase).toBe('Regressed');
  const paused = step(first, { runtime: wish({ paused: true }, first), workloads: lost, now: at(5000) });
  expect(step(paused, { workloads: lost, now: at(5100) })?.phase).toBe('Progressing');
});

test('a wish for pods that no roll-out reaches is given to the next ones once it is built', () => {
  const done = step(undefined, { isForStanding: true });
  expect(done).toMatchObject({ phase: 'Completed', to: { id: 'go1.26.8' } });
  expect(step(undefined, { isForStanding: false })).toMatchObject({ phase: 'Progressing', wave: 0 });
  const workloads = [facts('Deployment/a')];
  expect(step(undefined, { workloads, isForStanding: true })).toMatchObject({
    phase: 'Progressing',
    wave: 1,
  });
  expect(step(undefined, { runtime: wish({ paused: true }), isForStanding: true })?.phase).toBe(
    'Progressing',
  );
});

test('pausing begins nothing and passes nothing', () => {
  const workloads = [facts('Deployment/a')];
  expect(planWaves({ runtime: wish({ paused: true }), workloads, now: at(0) })).toMatchObject({ wave: 0 });
});

test('undone by annotation, for this revision only', () => {
  const completed = step(undefined, { workloads: [] });
  const annotations = { 'gofleet.dev/undo': 'go1.26.8' };
  const undone = planWaves({ runtime: wish({}, completed, { annotations }), workloads: [], now: at(0) });
  expect(undone?.phase).toBe('Undone');
  expect(planWaves({ runtime: wish({}, undone), workloads: [], now: at(0) })?.phase).toBe('Progressing');
});

test('a wish that goes back to what the fleet has is complete at once; one that goes on keeps where it came from', () => {
  const from = { id: 'go1.23.4', wish: { mode: 'relink', runtime: { goVersion: 'go1.23.4' } } } as const;
  const to = { ...from, id: 'go1.25.1' };
  const half: RolloutStatus = { phase: 'Progressing', from, to, wave: 2, waves: 4 };
  expect(step(half, { workloads: [facts('Deployment/a')] })).toMatchObject({ from, wave: 1 });
  const back = { ...half, from: { ...from, id: 'go1.26.8' } };
  expect(step(back, { workloads: [facts('Deployment/a')] })?.phase).toBe('Completed');
});

test('workloads that are left to their own restarts have no waves', () => {
  expect(planWaves({ runtime: wish({ strategy: 'OnRestart' }), workloads: [], now: at(0) })).toBeUndefined();
});

const fleets = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 });
const sizes = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 100 }).map((n) => `${n}%`),
  ),
  { maxLength: 5 },
);

/** Runs a roll-out as a controller would that is restarted before every step; the states it went through. */
function run(
  names: readonly string[],
  spec: RolloutSpec,
  verdictOf: (wave: number) => Verdict,
): RolloutStatus[] {
  const states: RolloutStatus[] = [];
  let rollout: RolloutStatus | undefined;
  for (let second = 0; second < 500; second += 1) {
    const runtime = wish(spec, rollout && JSON.parse(JSON.stringify(rollout)));
    const verdict = verdictOf(rollout?.wave ?? 0);
    rollout = planWaves({ runtime, workloads: follow(names, rollout), now: at(second), verdict });
    if (rollout) states.push(rollout);
    if (rollout?.phase !== 'Progressing') break;
  }
  return states;
}

test('any fleet gets there, in waves that are never larger than asked for', () => {
  fc.assert(
    fc.property(fleets, sizes, (numbers, waves) => {
      const names = numbers.map((number) => `Deployment/${number}`);
      const expected = waveSizes(waves, names.length);
      const states = run(names, { waves }, () => passed);
      expect(states.at(-1)).toMatchObject({ phase: 'Completed', wave: expected.length });
      for (const { wave, workloads } of states)
        if (workloads) expect(workloads.length).toBeLessThanOrEqual(expected[wave - 1] ?? 0);
    }),
    { numRuns: 100 },
  );
});

test('a regression in any wave: no workload of a later one has ever begun', () => {
  fc.assert(
    fc.property(fleets, sizes, fc.integer({ min: 1, max: 6 }), (numbers, waves, bad) => {
      const names = numbers.map((number) => `Deployment/${number}`);
      const states = run(names, { waves }, (wave) =>
        wave === bad ? { outcome: 'regressed', evidence: ['x'] } : passed,
      );
      const isReached = bad <= waveSizes(waves, names.length).length;
      expect(states.at(-1)?.phase).toBe(isReached ? 'Regressed' : 'Completed');
      for (const state of states) expect((state.workloads ?? []).every(({ wave }) => wave <= bad)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('planning twice at one time changes nothing more than planning once does later', () => {
  fc.assert(
    fc.property(fleets, fc.boolean(), (numbers, isPaused) => {
      const names = numbers.map((number) => `Deployment/${number}`);
      const stuck = names.map((name) => facts(name, { lacks: 'is not ready' }));
      const spec = { paused: isPaused };
      const plan = (rollout: RolloutStatus | undefined) =>
        planWaves({ runtime: wish(spec, rollout), workloads: stuck, now: at(0) });
      const settled = plan(plan(undefined));
      expect(plan(settled)).toEqual(settled);
    }),
    { numRuns: 50 },
  );
});
