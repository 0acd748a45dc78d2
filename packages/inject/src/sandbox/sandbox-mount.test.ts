import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { expect, test } from 'vitest';
import { planAdmission } from '../admission/plan-admission.ts';
import type { PodContainer, PodTemplate, VolumeMount } from '../admission/pod.ts';
import type { GoRuntime } from '../go-runtime.ts';

const wish: GoRuntime = {
  ...{ apiVersion: 'gofleet.dev/v1alpha1', kind: 'GoRuntime', metadata: { name: 'ci', namespace: 'ci' } },
  spec: {
    selector: { matchLabels: { app: 'ci' } },
    runtime: { goVersion: '1.26.8' },
    sandbox: { volume: 'work' },
  },
};
const sandboxes = { image: 'gofleet:test', hasNativeSidecars: true };

function caller(name: string, mount: Partial<VolumeMount> = {}, env?: PodContainer['env']): PodContainer {
  const volumeMounts = [{ name: 'work', mountPath: '/work', ...mount }];
  return { name, volumeMounts, ...(env === undefined ? {} : { env }) };
}

function admit(...containers: readonly PodContainer[]) {
  const pod: PodTemplate = {
    metadata: { labels: { app: 'ci' } },
    spec: { containers, volumes: [{ name: 'work' }] },
  };
  const { operations, notes } = planAdmission(pod, [wish], { sandboxes });
  const patched = applyJsonPatch(pod, operations) as PodTemplate;
  expect(planAdmission(patched, [wish], { sandboxes }).operations).toEqual([]);
  const called = patched.spec.containers.filter(({ volumeMounts = [] }) => volumeMounts.length > 1);
  return {
    sandbox: patched.spec.initContainers?.[0],
    callers: called.map(({ name }) => name),
    notes: notes.map(({ container, text }) => `${container}: ${text}`),
  };
}

test.each<[Partial<VolumeMount>]>([
  [{}],
  [{ subPath: 'src' }],
  [{ readOnly: true }],
  [{ subPath: 'team-a', readOnly: true, recursiveReadOnly: 'Enabled' }],
])('the volume is mounted as its caller has it: %j', (mount) => {
  const { sandbox, callers } = admit(
    caller('main', { ...mount, mountPropagation: 'Bidirectional' } as object),
  );
  expect(sandbox?.volumeMounts?.[0]).toEqual({ name: 'work', mountPath: '/work', ...mount });
  expect(callers).toEqual(['main']);
});

test.each(['/tmp', '/tmp/'])('a volume at %s is the /tmp of the sandbox', (mountPath) => {
  const { sandbox } = admit(caller('main', { mountPath }));
  expect(JSON.stringify(sandbox?.volumeMounts).match(/"\/tmp\/?"/g)).toEqual([`"${mountPath}"`]);
});

test('a path that is made of variables: with these, and those that they are made of', () => {
  const team = { name: 'TEAM', value: 'team-$(NUMBER)' };
  const pod = { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
  const [number, token] = [
    { name: 'NUMBER', value: '7' },
    { name: 'TOKEN', value: 'hunter2' },
  ];
  const mount = { subPathExpr: '$(TEAM)/$(POD)/$$(TOKEN)' };
  const { sandbox } = admit(caller('main', mount, [number, token, team, pod]));
  expect(sandbox?.volumeMounts?.[0]).toMatchObject(mount);
  expect(sandbox?.env?.slice(0, 3)).toEqual([number, team, pod]);
  expect(JSON.stringify(sandbox)).not.toContain('hunter2');
});

test('a path that is made of a variable from elsewhere keeps the sandbox from the pod', () => {
  const { sandbox, notes } = admit(caller('main', { subPathExpr: '$(TEAM)' }));
  expect(sandbox).toBeUndefined();
  expect(notes).toEqual([
    'main: no sandbox: its mount of the volume work has subPathExpr $(TEAM), and TEAM is not in its env; write it there',
  ]);
});

test.each<[string, PodContainer]>([
  ['another path', caller('other', { mountPath: '/src' })],
  ['another part', caller('other', { subPath: 'team-b' })],
  ['another part by its variables', caller('other', { subPathExpr: '$(X)' }, [{ name: 'X', value: 'b' }])],
  ['reading only', caller('other', { readOnly: true })],
])('who has the volume otherwise is no caller, and is told: %s', (_why, other) => {
  const like = other.volumeMounts?.[0]?.subPathExpr === undefined ? {} : { subPathExpr: '$(X)' };
  const main = caller('main', like, [{ name: 'X', value: 'a' }]);
  const { callers, notes } = admit(main, other, { ...main, name: 'same' });
  expect(callers).toEqual(['main', 'same']);
  expect(notes).toEqual([
    'other: no sandbox: it does not have the volume work as main has: give both mounts the same path, subPath and readOnly',
  ]);
});

test('it is as the first who may write has it', () => {
  const { sandbox, callers } = admit(caller('web', { readOnly: true }), caller('main'));
  expect(sandbox?.volumeMounts?.[0]).not.toHaveProperty('readOnly');
  expect(callers).toEqual(['main']);
});
