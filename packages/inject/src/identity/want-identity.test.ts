import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeBinary, makeBuild, makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { explainInjection } from '../admission/explain-injection.ts';
import { planInjection } from '../admission/plan-injection.ts';
import type { PodContainer, PodTemplate } from '../admission/pod.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { rolloutValue, sameInjections } from '../rollout/plan-rollout.ts';
import { revisionOf, runtimeAt } from '../rollout/revision.ts';

const image = 'example.com/operator:v1';
const buildInfo = 'path\texample.com/operator\ndep\texample.com/a\tv1.0.0\th1:x=\n';
const binary = makeBinary(image, { buildInfo });
const buildId = 'Tq0/Zk3/a9H/x1B';
const asked = { identity: { environment: true } };
const told = { GOFLEET_BUILD_ID: buildId, GOFLEET_FINGERPRINT: '183db35dfba8' };

function runtimeWith(spec: Partial<GoRuntime['spec']> = asked, status: GoRuntime['status'] = {}): GoRuntime {
  return makeReadyRuntime(image, {
    spec,
    status: { binaries: [binary], builds: [makeBuild(binary, { buildId })], ...status },
  });
}

function podOf(more: Partial<PodContainer> = {}): PodTemplate {
  return {
    metadata: { labels: { app: 'operator' } },
    spec: { containers: [{ name: 'manager', image, ...more }] },
  };
}

const patched = (pod: PodTemplate, ...runtimes: GoRuntime[]): PodTemplate =>
  applyJsonPatch(pod, planInjection(pod, runtimes).operations);

const environmentOf = (pod: PodTemplate): unknown => pod.spec.containers[0]?.env;

test('the environment names what is mounted, not the original, where the wish asks for it', () => {
  const pod = patched(podOf({ env: [{ name: 'LEVEL', value: '1' }] }), runtimeWith());
  expect(environmentOf(pod)).toEqual([
    { name: 'LEVEL', value: '1' },
    { name: 'GOFLEET_BUILD_ID', value: buildId },
    { name: 'GOFLEET_FINGERPRINT', value: told.GOFLEET_FINGERPRINT },
  ]);
  expect(planInjection(pod, [runtimeWith()]).operations).toEqual([]);
});

test('unasked, and in every other mode, no environment is touched', () => {
  expect(environmentOf(patched(podOf(), runtimeWith({})))).toBeUndefined();
  expect(environmentOf(patched(podOf(), runtimeWith({ identity: { environment: false } })))).toBeUndefined();
  const tuned = runtimeWith({
    ...asked,
    mode: 'godebug',
    runtime: { goVersion: '>=1.19' },
    godebug: { gcPercent: '50' },
  });
  expect(environmentOf(patched(podOf(), tuned))).toEqual([{ name: 'GOGC', value: '50' }]);
});

test("the author's own values stay, also in a pod that was injected before, and it is told", () => {
  const env = [{ name: 'GOFLEET_BUILD_ID', value: 'mine' }];
  const pod = patched(podOf({ env }), runtimeWith());
  expect(environmentOf(pod)).toEqual([
    ...env,
    { name: 'GOFLEET_FINGERPRINT', value: told.GOFLEET_FINGERPRINT },
  ]);
  expect(planInjection(pod, [runtimeWith()]).notes).toEqual([
    { container: 'manager', text: "GOFLEET_BUILD_ID: the pod's author set it, and that value stays" },
  ]);
  expect(environmentOf(patched(pod))).toEqual(env);
});

test('an artefact whose build ID nobody knows is not given the one of its original', () => {
  const { injections, notes } = planInjection(podOf(), [runtimeWith(asked, { builds: [makeBuild(binary)] })]);
  expect(injections).toMatchObject([{ environment: { GOFLEET_FINGERPRINT: told.GOFLEET_FINGERPRINT } }]);
  expect(notes[0]?.text).toBe('GOFLEET_BUILD_ID: not known of the artefact that is mounted');
});

test('of two programs in one container neither is told', () => {
  const other = makeBinary(image, { path: '/other', sha256: '2'.repeat(64) });
  const both = [makeBuild(binary, { buildId }), makeBuild(other, { buildId: 'q/r/s/t' })];
  const plan = planInjection(podOf(), [runtimeWith(asked, { binaries: [binary, other], builds: both })]);
  expect(plan.injections).toHaveLength(2);
  expect(JSON.stringify(plan.operations)).not.toContain('/env');
  expect(plan.notes[0]?.text).toContain('2 programs are mounted');
});

test('asking for it, and no more, is a change that rolls, and that can be undone', () => {
  const [plain, wished] = [runtimeWith({}), runtimeWith()];
  const injectionsOf = (runtime: GoRuntime) => planInjection(podOf(), [runtime]).injections;
  expect(sameInjections(injectionsOf(plain), injectionsOf(wished))).toBe(false);
  expect(rolloutValue(injectionsOf(plain))).not.toBe(rolloutValue(injectionsOf(wished)));
  const [before, after] = [revisionOf(plain), revisionOf(wished)];
  expect(before?.id).toBe('go1.26.8');
  expect(after?.id).toMatch(/^go1\.26\.8-[0-9a-f]{8}$/);
  expect(injectionsOf(runtimeAt(wished, before))).toEqual(injectionsOf(plain));
  expect(injectionsOf(runtimeAt(plain, after))).toEqual(injectionsOf(wished));
});

test('it is told before it is done', () => {
  const [explained] = explainInjection(podOf(), [runtimeWith()]).containers;
  expect(explained?.reasons[0]).toContain(`, with GOFLEET_BUILD_ID=${buildId} GOFLEET_FINGERPRINT=`);
});
