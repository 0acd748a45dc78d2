import { fakeSha256 } from '@gofleet/testkit/go-runtime-maker';
import { libgo, makeLibrary, makeLibraryRuntime, makeObserved } from '@gofleet/testkit/library-maker';
import { expect, test } from 'vitest';
import { planInjection } from '../admission/plan-injection.ts';
import type { PodContainer } from '../admission/pod.ts';
import { isServed } from '../admission/webhook-configuration.ts';
import type { DeliverableNode } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { wantLibraries } from './want-library.ts';

const image = 'registry.test/shop:1';
const observed = makeObserved(image);
const [next, own] = [fakeSha256('next'), fakeSha256('own')];

function want(
  runtime: GoRuntime,
  more: { container?: Partial<PodContainer>; nodes?: readonly DeliverableNode[] } = {},
): readonly string[] {
  const container = { name: 'app', image, ...more.container };
  const known = { ours: new Set(['gofleet-0']), nodes: more.nodes };
  return wantLibraries(container, runtime, known).map((each) => {
    if ('injection' in each) return `mounts ${each.injection.artefact === next} ${each.path}`;
    if ('problem' in each) return `refused: ${each.problem}`;
    return 'waitsFor' in each ? `waits for ${each.waitsFor}` : each.has;
  });
}

test('mounted over the library that the program has mapped, once a node has found that it fits', () => {
  const name = `libgo.so.21-${next.slice(0, 12)}`;
  expect(want(makeLibraryRuntime([observed]))).toEqual(['mounts true /usr/lib/libgo.so.21.0.0']);
  expect(want(makeLibraryRuntime([{ ...observed, checks: [] }]))).toEqual([
    `waits for a node to look whether ${name} fits /program`,
  ]);
  expect(want(makeLibraryRuntime([{ ...observed, sha256: next }]))).toEqual([
    `/usr/lib/libgo.so.21.0.0 is ${name} already`,
  ]);
  expect(want(makeLibraryRuntime([makeObserved('other')]))[0]).toMatch(
    /^waits for a node to find a program of/,
  );
});

test('the builder first: nothing is mounted of a library that is another one than is wished', () => {
  const waits = [`waits for the builder to fetch ${libgo.path} of ${libgo.image}`];
  expect(want(makeLibraryRuntime([observed], { status: { library: undefined } as never }))).toEqual(waits);
  const other = makeLibrary({ path: '/other' });
  expect(want(makeLibraryRuntime([observed], { status: { library: other } }))).toEqual(waits);
  const failed = { ...libgo, problem: 'no such tag' };
  expect(want(makeLibraryRuntime([observed], { status: { library: failed } }))).toEqual([
    'refused: no such tag',
  ]);
});

test('one that does not fit one of the programs of the image is refused for all of them', () => {
  const bad = makeObserved(image, {
    program: '/second',
    checks: [{ artefact: next, problems: ['the new library lacks fmt.Println'] }],
  });
  expect(want(makeLibraryRuntime([observed, bad]))).toEqual([
    `refused: libgo.so.21-${next.slice(0, 12)} does not fit /second: the new library lacks fmt.Println`,
  ]);
});

test('a mount of the pod in the way, and deliveries that cannot bring a single file', () => {
  const runtime = makeLibraryRuntime([observed]);
  const volumeMounts = [{ name: 'data', mountPath: '/usr/lib' }];
  expect(want(runtime, { container: { volumeMounts } })[0]).toMatch(/^refused: .* own mount \/usr\/lib$/);
  const ours = [{ name: 'gofleet-0', mountPath: observed.path }];
  expect(want(runtime, { container: { volumeMounts: ours } })[0]).toMatch(/^mounts/);
  const copied = makeLibraryRuntime([observed], { spec: { delivery: 'copy' } });
  expect(want(copied)[0]).toMatch(/^refused: delivery copy: a library comes by csi alone/);
  const node = { name: 'edge', os: 'linux', labels: {}, hasPlugin: false, imageVolumes: true };
  expect(want(runtime, { nodes: [node] })[0]).toMatch(/^refused: no node plugin runs on edge, and a library/);
  const arms = { ...node, hasPlugin: true, arch: 'arm64' };
  expect(want(runtime, { nodes: [arms] })[0]).toMatch(
    /^refused: .*libgo\.so\.21\.0\.0 is for amd64, and the pod may go to edge \(arm64\)/,
  );
  const stubborn = makeLibraryRuntime([observed], { spec: { delivery: 'csi' } });
  expect(want(stubborn, { nodes: [node] })[0]).toMatch(/^mounts/);
});

test('a pod gets a read-only file of the node plugin and nothing else; planned again, and taken back', () => {
  const runtime = makeLibraryRuntime([observed], {
    spec: { rollout: { strategy: 'OnRestart' } },
  });
  expect([isServed(runtime), isServed(makeLibraryRuntime([]))]).toEqual([true, false]);
  const labels = { app: 'operator' };
  const pod = { metadata: { namespace: 'demo', labels }, spec: { containers: [{ name: 'app', image }] } };
  const { operations, injections } = planInjection(pod, [runtime]);
  expect(injections).toEqual([
    {
      ...{ container: 'app', runtime: 'operator', goVersion: 'libgo.so.21', library: 'libgo.so.21' },
      ...{ artefact: next, path: observed.path, imageId: observed.imageId },
    },
  ]);
  expect(operations.map(({ path }) => path)).toEqual([
    '/spec/volumes',
    '/spec/containers/0/volumeMounts',
    '/metadata/annotations',
  ]);
  expect(JSON.stringify(operations)).toContain(`"volumeAttributes":{"artefact":"${next}"}`);
  const patched = {
    metadata: { ...pod.metadata, annotations: { 'gofleet.dev/injected': JSON.stringify(injections) } },
    spec: {
      containers: [
        {
          ...pod.spec.containers[0],
          name: 'app',
          volumeMounts: [{ name: 'gofleet-0', mountPath: observed.path }],
        },
      ],
      volumes: [{ name: 'gofleet-0', csi: { driver: 'csi.gofleet.dev' } }],
    },
  };
  expect(planInjection(patched, [runtime]).operations).toEqual([]);
  expect(planInjection(patched, []).operations.map(({ op }) => op)).toEqual(['remove', 'remove', 'remove']);
  expect(own).not.toBe(next);
});
