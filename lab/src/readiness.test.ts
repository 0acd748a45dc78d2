import { expect, test } from 'vitest';
import { isNodeReady } from './readiness.ts';

const node = (status: string, taints?: unknown[]) =>
  JSON.stringify({ spec: { taints }, status: { conditions: [{ type: 'Ready', status }] } });

test('a node is ready when it says so and nothing keeps pods away', () => {
  expect(isNodeReady(node('True'))).toBe(true);
  expect(isNodeReady(node('False'))).toBe(false);
  expect(isNodeReady(node('True', [{ key: 'node.kubernetes.io/not-ready' }]))).toBe(false);
  expect(isNodeReady('')).toBe(false);
  expect(isNodeReady('{}')).toBe(false);
});
