import { expect, test } from 'vitest';
import { takesDown } from './takes-down.ts';

test('how many pods a roll takes down, as Kubernetes computes it', () => {
  const deployment = (replicas: number, rollingUpdate?: object, type = 'RollingUpdate') =>
    takesDown('Deployment', { replicas, strategy: { type, ...(rollingUpdate ? { rollingUpdate } : {}) } }, 1);
  expect([deployment(1), deployment(3), deployment(4), deployment(9)]).toEqual([0, 0, 1, 2]);
  expect(deployment(5, {}, 'Recreate')).toBe(5);
  expect(deployment(5, { maxUnavailable: 2, maxSurge: 0 })).toBe(2);
  expect(deployment(3, { maxUnavailable: '10%', maxSurge: 0 })).toBe(1);
  expect(deployment(3, { maxUnavailable: 0, maxSurge: 1 })).toBe(0);
  expect(takesDown('StatefulSet', {}, 3)).toBe(1);
  expect(takesDown('DaemonSet', {}, 10)).toBe(1);
  const daemons = (rollingUpdate: object) =>
    takesDown('DaemonSet', { updateStrategy: { rollingUpdate } }, 10);
  expect(daemons({ maxUnavailable: '25%' })).toBe(3);
  expect(daemons({ maxUnavailable: 0, maxSurge: 1 })).toBe(0);
});
