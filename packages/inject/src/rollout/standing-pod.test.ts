import { expect, test } from 'vitest';
import { explainStanding, isStanding } from './standing-pod.ts';

const owned = (kind?: string, name = 'owner', labels = {}) => ({
  metadata: {
    ...{ name: 'pod-1', namespace: 'demo', labels },
    ...(kind === undefined ? {} : { ownerReferences: [{ kind, name, controller: true }] }),
  },
  spec: { containers: [] },
});

test.each<[string | undefined, RegExp]>([
  [undefined, /^nothing replaces a bare pod: .*, and create it again$/],
  ['Job', /^Job owner runs to its end as it is, and its next pod gets it; .*, and the Job makes another$/],
  ['ReplicaSet', /^ReplicaSet owner makes a pod only when one is gone/],
  ['Kafka', /^Kafka owner does not replace its pods by a roll-out/],
])('a pod of %s stands, with the reason and the next step', (kind, words) => {
  const pod = owned(kind);
  expect(isStanding(pod)).toBe(true);
  expect(explainStanding(pod)).toMatch(words);
  expect(explainStanding(pod)).toContain('"kubectl delete pod pod-1 -n demo"');
});

test('pods of workloads are replaced', () => {
  expect(isStanding(owned('StatefulSet'))).toBe(false);
  expect(isStanding(owned('DaemonSet'))).toBe(false);
  expect(isStanding(owned('ReplicaSet', 'cart-7d4b9', { 'pod-template-hash': '7d4b9' }))).toBe(false);
});
