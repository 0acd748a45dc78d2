import { GofleetError } from '@gofleet/base/errors';
import { renderGoPod } from '@gofleet/inject/go-pod';
import { runningAnnotation } from '@gofleet/inject/identity';
import { expect, test } from 'vitest';
import type { Pod } from '../state/pod.ts';
import { IdentityWriter, planIdentities } from './identity-writer.ts';

const running = {
  ...{ containerId: 'containerd://1', imageId: 'i', sha256: 'a', path: '/x', goVersion: 'go1.26.8' },
  ...{ observedAt: '2026-01-01T00:00:00Z', source: '/proc/1/exe on a' },
};
const value = '{"manager":{"goVersion":"go1.26.8"}}';

function plan(annotations: Record<string, string>, { uid = 'u', containerID = 'containerd://1' } = {}) {
  const pod: Pod = {
    metadata: { name: 'a', namespace: 'demo', uid: 'u', annotations },
    spec: { containers: [{ name: 'manager' }] },
    status: { containerStatuses: [{ name: 'manager', containerID }] },
  };
  const report = renderGoPod(
    { name: 'a', namespace: 'demo', uid },
    { containers: [{ name: 'manager', running }] },
  );
  return planIdentities([pod], new Map([['a', report]])).map((change) => change.value);
}

test('said once, said again when it is another', () => {
  expect(plan({})).toEqual([value]);
  expect(plan({ [runningAnnotation]: value })).toEqual([]);
  expect(plan({ [runningAnnotation]: '{}' })).toEqual([value]);
});

test('facts of another pod or another container are not said', () => {
  expect(plan({}, { uid: 'before' })).toEqual([]);
  expect(plan({ [runningAnnotation]: value }, { containerID: 'containerd://2' })).toEqual([]);
});

test('a pod that nobody may change keeps no other from being told', async () => {
  const refused = new GofleetError('kube.invalid', 'metadata.annotations: Too long');
  const told: string[] = [];
  const writer = new IdentityWriter({
    patch: async (path: string) => {
      if (path.endsWith('/full')) throw refused;
      told.push(path);
      return {} as never;
    },
  });
  const changes = ['full', ...Array.from({ length: 20 }, (_, at) => `pod-${at}`)].map((name) => ({
    pod: { metadata: { name, namespace: 'demo' }, spec: { containers: [] } },
    value,
  }));
  await expect(writer.write(changes)).rejects.toBe(refused);
  expect(told).toHaveLength(20);
});
