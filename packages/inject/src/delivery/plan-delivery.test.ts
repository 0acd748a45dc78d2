import { expect, test } from 'vitest';
import { hasImageVolumes, type NodeFacts, parseKubeletMinor, planDeliveries } from './plan-delivery.ts';

function makeNode(name: string, more: Partial<NodeFacts> = {}): NodeFacts {
  return {
    ...{ name, pool: 'default', os: 'linux', arch: 'amd64', kernel: '6.1', kubelet: 'v1.36.3' },
    ...{ runtime: 'containerd://2.1.4', declaredFeatures: [], isReady: true },
    ...{ plugin: 'answers', canExecute: true },
    ...more,
  };
}

const decide = (...nodes: NodeFacts[]): string => {
  const [first] = planDeliveries(nodes, false);
  return `${first?.delivery}: ${first?.reason}`;
};

test('csi: every Linux node executed what was mounted; others do not count', () => {
  expect(decide(makeNode('a'), makeNode('b'))).toMatch(/^csi: /);
  expect(
    decide(makeNode('a'), makeNode('w', { os: 'windows', plugin: 'absent', canExecute: 'unknown' })),
  ).toMatch(/^csi: /);
});

test('none: one node without the plugin or with noexec mounts decides for its pool', () => {
  const bare = makeNode('b', { plugin: 'absent', canExecute: 'unknown' });
  expect(decide(makeNode('a'), bare)).toBe('none: no node plugin runs on b; the others need install --push');
  expect(decide(makeNode('a'), makeNode('b', { canExecute: false, problem: 'EACCES' }))).toBe(
    'none: b: EACCES; the others need install --push',
  );
  expect(decide(makeNode('w', { os: 'windows' }))).toBe('none: it has no Linux node');
});

test('unknown: a plugin that did not answer is no yes', () => {
  const silent = makeNode('b', { plugin: 'silent', canExecute: 'unknown', problem: 'no end in time' });
  expect(decide(makeNode('a'), silent)).toBe('unknown: b: no end in time');
});

test('with a registry: image volumes where every node has them, else copies', () => {
  const bare = { plugin: 'absent', canExecute: 'unknown' } as const;
  const old = makeNode('b', { ...bare, kubelet: 'v1.28.15' });
  const decided = (...nodes: NodeFacts[]) => planDeliveries(nodes, true)[0]?.delivery;
  expect(decided(makeNode('a'), makeNode('b', bare))).toBe('image');
  expect(decided(makeNode('a'), old)).toBe('copy');
  expect(decided(makeNode('a'))).toBe('csi');
});

test('pools are decided apart, and long lists of nodes are cut', () => {
  const bare = ['a', 'b', 'c', 'd', 'e'].map((name) => makeNode(name, { pool: 'spot', plugin: 'absent' }));
  const [core, spot] = planDeliveries([...bare, makeNode('z', { pool: 'core' })], false);
  expect([core?.pool, core?.delivery]).toEqual(['core', 'csi']);
  expect(spot?.reason).toMatch(/^no node plugin runs on a, b, c and 2 more;/);
});

test.each([
  ['v1.36.3', 'containerd://2.1.4', true],
  ['v1.35.0-gke.12', 'cri-o://1.34.1', true],
  ['v1.34.9', 'containerd://2.1.4', false],
  ['v1.36.3', 'containerd://1.7.2', false],
  ['v1.36.3', 'docker://27.1', false],
  ['v1.36.3', '', false],
  ['unknown', 'containerd://2.1.4', false],
])('image volumes on kubelet %s with %s: %s', (kubelet, runtime, expected) => {
  expect(hasImageVolumes(makeNode('a', { kubelet, runtime }))).toBe(expected);
});

test('minors of versions as providers write them', () => {
  expect(['v1.24.17', 'v1.30.2+k3s1', '1.28', 'v2.0.0', ''].map(parseKubeletMinor)).toEqual([
    24,
    30,
    28,
    undefined,
    undefined,
  ]);
});
