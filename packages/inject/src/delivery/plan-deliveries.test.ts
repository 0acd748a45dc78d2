import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeBinary, makeBuild, makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planInjection } from '../admission/plan-injection.ts';
import { type PodTemplate, parseInjections } from '../admission/pod.ts';
import type { GoRuntimeSpec } from '../go-runtime.ts';
import type { DeliverableNode } from './deliverable-node.ts';

const image = 'example.com/operator:v1';
const published = 'registry.example/artefacts@sha256:1';
const binary = makeBinary(image);

function makeWish(delivery: GoRuntimeSpec['delivery'], registry: string | undefined = published) {
  const more = registry === '' ? {} : { image: registry, sizeBytes: 5 << 20 };
  const spec = delivery === undefined ? {} : { delivery };
  return makeReadyRuntime(image, { spec, status: { builds: [makeBuild(binary, more)] } });
}

function makePod(more: Partial<PodTemplate['spec']> = {}): PodTemplate {
  return {
    metadata: { labels: { app: 'operator' } },
    spec: { containers: [{ name: 'manager', image, command: ['/manager', '--leader-elect'] }], ...more },
  };
}

function makeNode(name: string, more: Partial<DeliverableNode> = {}): DeliverableNode {
  return { name, os: 'linux', labels: {}, hasPlugin: true, imageVolumes: true, ...more };
}

const patched = (pod: PodTemplate, ...given: Parameters<typeof planInjection>[1]): PodTemplate =>
  applyJsonPatch(pod, planInjection(pod, given).operations);

/** The delivery that was chosen, or why there is none. */
function choose(
  delivery: GoRuntimeSpec['delivery'],
  nodes: readonly DeliverableNode[] | undefined,
  { pod = makePod(), registry = published }: { pod?: PodTemplate; registry?: string } = {},
): string {
  const { injections, refusals } = planInjection(pod, [makeWish(delivery, registry)], nodes);
  const [injection] = injections;
  if (injection === undefined) return refusals[0]?.reason ?? 'nothing';
  return ('from' in injection && injection.from?.delivery) || 'csi';
}

const bare = makeNode('bare', { hasPlugin: false, imageVolumes: false });
const modern = makeNode('modern', { hasPlugin: false });

test('image: the image lies beside, and the command names its executable; arguments stay', () => {
  const pod = patched(makePod(), makeWish('image'));
  expect(pod.spec.volumes).toEqual([
    { name: 'gofleet-0', image: { reference: published, pullPolicy: 'IfNotPresent' } },
  ]);
  expect(pod.spec.containers[0]).toMatchObject({
    command: ['/gofleet-0/operator', '--leader-elect'],
    volumeMounts: [{ name: 'gofleet-0', mountPath: '/gofleet-0', readOnly: true }],
  });
  expect(pod.spec.initContainers).toBeUndefined();
});

test('copy: an init container without any right copies it, and it is mounted over the executable', () => {
  const containers = [
    {
      ...{ name: 'manager', image, securityContext: { runAsUser: 1000 } },
      resources: { limits: { memory: '64Mi' } },
    },
  ];
  const pod = patched(makePod({ containers }), makeWish('copy'));
  expect(pod.spec.volumes).toEqual([{ name: 'gofleet-0', emptyDir: { sizeLimit: '6Mi' } }]);
  expect(pod.spec.initContainers).toEqual([
    {
      ...{ name: 'gofleet-0', image: published, imagePullPolicy: 'IfNotPresent' },
      command: ['/copier', '/operator', '/artefact/operator'],
      resources: { limits: { memory: '64Mi' } },
      securityContext: {
        ...{ runAsUser: 1000, runAsNonRoot: true, allowPrivilegeEscalation: false },
        ...{ readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        seccompProfile: { type: 'RuntimeDefault' },
      },
      volumeMounts: [{ name: 'gofleet-0', mountPath: '/artefact' }],
    },
  ]);
  expect(pod.spec.containers[0]?.volumeMounts).toEqual([
    { name: 'gofleet-0', mountPath: '/manager', readOnly: true, subPath: 'operator' },
  ]);
});

test('auto: csi wherever the plugin runs, and as long as nothing is known of nodes', () => {
  expect(choose('auto', undefined)).toBe('csi');
  expect(choose(undefined, [makeNode('a')])).toBe('csi');
  expect(choose('csi', [bare])).toBe('csi');
});

test('auto: one node without the plugin decides; image where all mount it and the command is known, else copy', () => {
  expect(choose('auto', [makeNode('a'), modern])).toBe('image');
  expect(choose('auto', [modern, bare])).toBe('copy');
  const pod = makePod({ containers: [{ name: 'manager', image }] });
  expect(choose('auto', [modern], { pod })).toBe('copy');
  expect(choose('auto', [makeNode('a', { noexec: 'EACCES' })])).toBe('image');
});

test('refused with what to do: no plugin and no registry; no image volumes; no command', () => {
  expect(choose('auto', [bare], { registry: '' })).toMatch(
    /^no node plugin runs on bare, and .*install --push/,
  );
  expect(choose('copy', [bare], { registry: '' })).toMatch(/^its artefact is in no registry/);
  expect(choose('image', [modern, bare])).toMatch(/^delivery image: bare mounts no image volumes/);
  const started = makePod({ containers: [{ name: 'manager', image, command: ['/start.sh'] }] });
  expect(choose('image', [modern], { pod: started })).toMatch(/must begin with \/manager.*\/start\.sh/);
  const silent = makePod({ containers: [{ name: 'manager', image }] });
  expect(choose('image', [modern], { pod: silent })).toMatch(/it names none/);
});

test('only nodes that the pod may go to decide', () => {
  const nodes = [makeNode('a', { labels: { pool: 'core' } }), bare];
  expect(choose('auto', nodes, { pod: makePod({ nodeSelector: { pool: 'core' } }) })).toBe('csi');
  expect(choose('auto', nodes, { pod: makePod({ nodeName: 'a' }) })).toBe('csi');
  expect(choose('auto', nodes, { pod: makePod({ nodeName: 'bare' }) })).toBe('copy');
  const tainted = [
    makeNode('a'),
    { ...bare, taints: [{ key: 'virtual', value: 'yes', effect: 'NoSchedule' }] },
  ];
  expect(choose('auto', tainted)).toBe('csi');
  for (const toleration of [
    { operator: 'Exists' },
    { key: 'virtual', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'virtual', value: 'yes' },
  ])
    expect(choose('auto', tainted, { pod: makePod({ tolerations: [toleration] }) })).toBe('copy');
  const other = makePod({ tolerations: [{ key: 'virtual', value: 'no' }] });
  expect(choose('auto', tainted, { pod: other })).toBe('csi');
  expect(choose('auto', [makeNode('w', { os: 'windows', hasPlugin: false })])).toBe('csi');
});

test('two containers of one image share what is brought, by any delivery', () => {
  const containers = ['one', 'two'].map((name) => ({ name, image, command: ['/manager'] }));
  for (const delivery of ['csi', 'image', 'copy'] as const) {
    const { spec } = patched(
      makePod({ containers, shareProcessNamespace: true } as never),
      makeWish(delivery),
    );
    expect(spec.volumes).toHaveLength(1);
    expect(spec.initContainers ?? []).toHaveLength(delivery === 'copy' ? 1 : 0);
    expect(spec.containers.map(({ volumeMounts }) => volumeMounts?.[0]?.name)).toEqual([
      'gofleet-0',
      'gofleet-0',
    ]);
  }
});

test("the pod's own volumes, init containers and containers keep their names", () => {
  const pod = makePod({
    volumes: [{ name: 'gofleet-0', emptyDir: {} }],
    initContainers: [{ name: 'gofleet-1', image: 'example.com/own:v1' }],
  });
  const { spec } = patched(pod, makeWish('copy'));
  expect(spec.volumes?.map(({ name }) => name)).toEqual(['gofleet-0', 'gofleet-2']);
  expect(spec.initContainers?.map(({ name }) => name)).toEqual(['gofleet-1', 'gofleet-2']);
});

test('a mount of the pod at or above the executable is never covered, by any delivery', () => {
  for (const delivery of ['csi', 'image', 'copy'] as const)
    for (const mountPath of ['/manager', '/']) {
      const containers = [
        { name: 'manager', image, command: ['/manager'], volumeMounts: [{ name: 'own', mountPath }] },
      ];
      const plan = planInjection(makePod({ containers }), [makeWish(delivery)]);
      expect(plan.operations).toEqual([]);
      expect(plan.refusals[0]?.reason).toContain("lies in the pod's own mount");
    }
});

test("a folder is never mounted where the pod's own mount is", () => {
  const volumeMounts = [{ name: 'own', mountPath: '/gofleet-0/' }];
  const containers = [{ name: 'manager', image, command: ['/manager'], volumeMounts }];
  const { spec } = patched(makePod({ containers }), makeWish('image'));
  expect(spec.containers[0]?.command).toEqual(['/gofleet-1/operator']);
  expect(spec.containers[0]?.volumeMounts?.[1]).toMatchObject({ mountPath: '/gofleet-1' });
});

test('a pod that runs as root as a whole is copied for as root: kubelet starts no other', () => {
  const copierOf = (pod: PodTemplate) => patched(pod, makeWish('copy')).spec.initContainers?.[0];
  const asRoot = { securityContext: { runAsUser: 0 } };
  expect(copierOf(makePod(asRoot))?.securityContext).not.toHaveProperty('runAsNonRoot');
  const containers = [{ name: 'manager', image, securityContext: { runAsUser: 1000 } }];
  const mixed = copierOf(makePod({ ...asRoot, containers }));
  expect(mixed?.securityContext).toMatchObject({ runAsUser: 1000, runAsNonRoot: true });
});

const affinityTo = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'Gt', ...values: string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
    },
  },
});

test('a program is brought to no processor but its own', () => {
  const label = 'kubernetes.io/arch';
  const amd = makeNode('amd', { arch: 'amd64', labels: { [label]: 'amd64', cores: '8' } });
  const arm = makeNode('arm', { arch: 'arm64', labels: { [label]: 'arm64', cores: '16' } });
  const refused =
    '/manager is for amd64, and the pod may go to arm (arm64): give it the nodeSelector kubernetes.io/arch: amd64, and pods for other processors another wish';
  expect(choose('auto', [amd, arm])).toBe(refused);
  for (const delivery of ['csi', 'image', 'copy'] as const) expect(choose(delivery, [arm])).toBe(refused);
  expect(choose('auto', [amd, arm], { pod: makePod({ nodeSelector: { [label]: 'amd64' } }) })).toBe('csi');
  const only = (affinity: ReturnType<typeof affinityTo>) =>
    choose('auto', [amd, arm], { pod: makePod({ affinity }) });
  expect(only(affinityTo(label, 'In', 'amd64', 's390x'))).toBe('csi');
  expect(only(affinityTo(label, 'NotIn', 'arm64'))).toBe('csi');
  expect(only(affinityTo(label, 'Exists'))).toBe(refused);
  expect(only(affinityTo('cores', 'Gt', '8'))).toBe(refused);
  expect(only(affinityTo('cores', 'Gt', '16'))).toBe('csi');
});

const deliveries = ['csi', 'image', 'copy'] as const;
const anyPod = fc
  .record({
    containers: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('manager', 'sidecar', 'gofleet-0'),
        image: fc.constantFrom(image, 'example.com/other:v1'),
        command: fc.constantFrom(['/manager', '-v'], ['/start.sh']),
      }),
      { minLength: 1, maxLength: 3, selector: ({ name }) => name },
    ),
    volumes: fc.constantFrom([], [{ name: 'gofleet-0', emptyDir: {} }]),
    initContainers: fc.constantFrom([], [{ name: 'gofleet-1', image: 'example.com/own:v1' }]),
  })
  .map((spec) => makePod(spec));

test('idempotent; from any delivery to any other it is as if it had been the first; and taken back whole', () => {
  fc.assert(
    fc.property(anyPod, fc.constantFrom(...deliveries), fc.constantFrom(...deliveries), (pod, from, to) => {
      const first = patched(pod, makeWish(from));
      expect(planInjection(first, [makeWish(from)]).operations).toEqual([]);
      const changed = patched(first, makeWish(to));
      const direct = patched(pod, makeWish(to));
      expect(parseInjections(changed.metadata?.annotations)).toEqual(
        parseInjections(direct.metadata?.annotations),
      );
      expect(changed.spec.containers.map(({ command }) => command)).toEqual(
        direct.spec.containers.map(({ command }) => command),
      );
      expect(changed.spec.volumes).toEqual(direct.spec.volumes);
      expect(changed.spec.initContainers).toEqual(direct.spec.initContainers);
      const back = patched(changed);
      expect(back.spec.volumes).toEqual(pod.spec.volumes);
      expect(back.spec.initContainers).toEqual(pod.spec.initContainers);
      expect(back.spec.containers.map(({ command }) => command)).toEqual(
        pod.spec.containers.map(({ command }) => command),
      );
      expect(back.spec.containers.flatMap(({ volumeMounts }) => volumeMounts ?? [])).toEqual([]);
    }),
  );
});
