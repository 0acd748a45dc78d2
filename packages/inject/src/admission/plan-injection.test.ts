import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeBinary, makeBuild, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inCluster } from '../in-cluster.ts';
import { planInjection } from './plan-injection.ts';
import { type PodTemplate, parseInjections } from './pod.ts';

const image = 'example.com/operator:v1';
const runtime = makeReadyRuntime(image);
const artefact = runtime.status?.builds?.[0]?.artefact ?? '';

function makePod(
  more: Partial<PodTemplate['spec']> = {},
  metadata: PodTemplate['metadata'] = {},
): PodTemplate {
  return {
    metadata: { labels: { app: 'operator' }, ...metadata },
    spec: { containers: [{ name: 'manager', image }], ...more },
  };
}

const patched = (pod: PodTemplate, ...runtimes: Parameters<typeof planInjection>[1]): PodTemplate =>
  applyJsonPatch(pod, planInjection(pod, runtimes).operations);

test('a volume, a mount over the executable and a note; nothing else', () => {
  expect(planInjection(makePod(), [runtime]).operations).toEqual([
    {
      op: 'add',
      path: '/spec/volumes',
      value: [
        {
          name: 'gofleet-0',
          csi: { driver: 'csi.gofleet.dev', readOnly: true, volumeAttributes: { artefact } },
        },
      ],
    },
    {
      op: 'add',
      path: '/spec/containers/0/volumeMounts',
      value: [{ name: 'gofleet-0', mountPath: '/manager', readOnly: true }],
    },
    {
      op: 'add',
      path: '/metadata/annotations',
      value: { 'gofleet.dev/injected': JSON.stringify(planInjection(makePod(), [runtime]).injections) },
    },
  ]);
});

test('an annotation beside others is added by an escaped pointer', () => {
  const { operations } = planInjection(makePod({}, { annotations: { a: 'b' } }), [runtime]);
  expect(operations.at(-1)).toMatchObject({ path: '/metadata/annotations/gofleet.dev~1injected' });
});

test('only containers of the observed image, and only those that the wish names', () => {
  const containers = [
    { name: 'manager', image },
    { name: 'sidecar', image: 'example.com/other:v1' },
    { name: 'second', image },
  ];
  const names = (pod: PodTemplate, wish = runtime): string[] =>
    planInjection(pod, [wish]).injections.map(({ container }) => container);
  expect(names(makePod({ containers }))).toEqual(['manager', 'second']);
  const named = makeReadyRuntime(image, { spec: { containers: ['second'] } });
  expect(names(makePod({ containers }), named)).toEqual(['second']);
});

test('two containers with one artefact share a volume', () => {
  const pod = patched(makePod({ containers: ['a', 'b'].map((name) => ({ name, image })) }), runtime);
  expect(pod.spec.volumes?.map(({ name }) => name)).toEqual(['gofleet-0']);
  expect(pod.spec.containers.map(({ volumeMounts }) => volumeMounts?.[0]?.name)).toEqual([
    'gofleet-0',
    'gofleet-0',
  ]);
});

test('no pod is touched while nothing is ready, opted out, deleting, unresolved, or run by the wished Go already', () => {
  const binary = makeBinary(image);
  const build = makeBuild(binary);
  const withBuild = (more: object) =>
    makeRuntime({ status: { binaries: [binary], builds: [{ ...build, ...more }] } });
  const untouched = [
    withBuild({ phase: 'Building' }),
    withBuild({ grade: 'claimed' }),
    makeReadyRuntime(image, { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } }),
    makeReadyRuntime(image, { spec: { selector: {} } }),
    makeRuntime({ status: { binaries: [{ ...binary, goVersion: 'go1.26.8' }], builds: [build] } }),
  ];
  for (const wish of untouched) expect(planInjection(makePod(), [wish]).operations).toEqual([]);
  const optedOut = makePod({}, { labels: { app: 'operator', [inCluster.optOutLabel]: 'false' } });
  expect(planInjection(optedOut, [runtime]).operations).toEqual([]);
  expect(planInjection(makePod({ os: { name: 'windows' } }), [runtime]).operations).toEqual([]);
});

test('until the wished release is built, or when it does not exist, the artefact of the wish before is mounted', () => {
  const binary = makeBinary(image);
  const before = makeBuild(binary, { goVersion: 'go1.25.1', artefact: 'b'.repeat(64) });
  const versionOf = (...builds: ReturnType<typeof makeBuild>[]) =>
    planInjection(makePod(), [makeRuntime({ status: { binaries: [binary], builds } })]).injections[0]
      ?.goVersion;
  expect(versionOf(makeBuild(binary, { phase: 'Building' }), before)).toBe('go1.25.1');
  expect(versionOf(makeBuild(binary, { phase: 'Failed' }), before)).toBe('go1.25.1');
  expect(versionOf(before, makeBuild(binary))).toBe('go1.26.8');
  const unresolved = { resolution: { requested: '1.26.8', problem: 'no such release' } };
  const wish = makeRuntime({ status: { binaries: [binary], builds: [before], ...unresolved } });
  expect(planInjection(makePod(), [wish]).injections[0]?.goVersion).toBe('go1.25.1');
});

test('weaker evidence is taken when the wish allows it', () => {
  const binary = makeBinary(image);
  const builds = [makeBuild(binary, { grade: 'claimed' })];
  const wish = makeRuntime({ spec: { minimumGrade: 'claimed' }, status: { binaries: [binary], builds } });
  expect(planInjection(makePod(), [wish]).injections).toHaveLength(1);
});

test('of two wishes for one container the older decides, whatever is ready', () => {
  const younger = makeReadyRuntime(image, {
    metadata: { name: 'a', creationTimestamp: '2026-02-01T00:00:00Z' },
  });
  const older = makeRuntime({ metadata: { name: 'z', creationTimestamp: '2026-01-01T00:00:00Z' } });
  expect(planInjection(makePod(), [younger, older]).injections).toEqual([]);
  const sameAge = makeReadyRuntime(image, { metadata: { name: 'b' } });
  expect(planInjection(makePod(), [sameAge, runtime]).injections[0]?.runtime).toBe('b');
});

test("an executable in the pod's own mount is left alone, with the reason", () => {
  for (const mountPath of ['/', '/manager', '/manager/']) {
    const containers = [{ name: 'manager', image, volumeMounts: [{ name: 'own', mountPath }] }];
    const plan = planInjection(makePod({ containers, volumes: [{ name: 'own' }] }), [runtime]);
    expect(plan.operations).toEqual([]);
    expect(plan.refusals[0]?.reason).toMatch(/^\/manager lies in the pod's own mount \//);
  }
  const beside = [{ name: 'manager', image, volumeMounts: [{ name: 'own', mountPath: '/man' }] }];
  expect(planInjection(makePod({ containers: beside }), [runtime]).injections).toHaveLength(1);
});

test.each(['/manager/', 'manager', '//', '.', '/opt/../manager', '/./manager/.'])(
  "the pod's own mount at %s is where the runtime puts it",
  (mountPath) => {
    const containers = [{ name: 'manager', image, volumeMounts: [{ name: 'data', mountPath }] }];
    const plan = planInjection(makePod({ containers }), [runtime]);
    expect(plan.operations).toEqual([]);
    expect(plan.refusals[0]?.reason).toContain(`lies in the pod's own mount ${mountPath}`);
  },
);

test.each([
  ['os', { os: { name: 'windows' } }],
  ['nodeSelector', { nodeSelector: { 'kubernetes.io/os': 'windows' } }],
])('a pod that is for another system by its %s is left alone', (_, spec) => {
  expect(planInjection(makePod(spec), [runtime])).toMatchObject({ operations: [], refusals: [] });
});

test('annotations that leave no room for ours: the pod stays valid, and is told', () => {
  const fill = (bytes: number) => makePod({}, { annotations: { a: 'x'.repeat(bytes) } });
  const plan = planInjection(fill(261_900), [runtime]);
  expect(plan.operations).toEqual([]);
  expect(plan.refusals[0]?.reason).toMatch(
    /^the pod's own annotations take 261901 of 262144 bytes, and .* needs \d+: shorten them$/,
  );
  const { annotations = {} } = patched(fill(250_000), runtime).metadata ?? {};
  expect(annotations['gofleet.dev/injected']).toBeDefined();
  expect(planInjection(makePod({}, { annotationBytes: 261_900 }), [runtime]).operations).toEqual([]);
});

test('forty containers of one image share one volume, and are noted within the room that there is', () => {
  const containers = Array.from({ length: 40 }, (_, at) => ({ name: `c${at}`.padEnd(63, 'x'), image }));
  const pod = patched(makePod({ containers }), runtime);
  expect(parseInjections(pod.metadata?.annotations)).toHaveLength(40);
  expect(pod.spec.volumes).toHaveLength(1);
  expect(planInjection(pod, [runtime]).operations).toEqual([]);
});

test('a changed wish replaces what an earlier call put there', () => {
  const once = patched(makePod({ volumes: [{ name: 'token' }] }), runtime);
  const binary = makeBinary(image);
  const builds = [makeBuild(binary, { artefact: 'f'.repeat(64) })];
  const twice = patched(once, makeRuntime({ status: { binaries: [binary], builds } }));
  expect(twice.spec.volumes?.map(({ name }) => name)).toEqual(['token', 'gofleet-0']);
  expect(parseInjections(twice.metadata?.annotations)).toMatchObject([{ artefact: 'f'.repeat(64) }]);
  expect(patched(once).spec).toEqual({
    ...makePod().spec,
    containers: [{ name: 'manager', image, volumeMounts: [] }],
    volumes: [{ name: 'token' }],
  });
});

test('an annotation that is no list of injections counts as none', () => {
  for (const text of ['', '{', '7', '[{}]', 'null', '[{"container":1}]'])
    expect(parseInjections({ [inCluster.injectedAnnotation]: text })).toEqual([]);
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const containerArbitrary = fc.record(
  {
    name,
    image: fc.constantFrom(image, 'example.com/other:v1'),
    command: fc.array(name),
    volumeMounts: fc.array(fc.record({ name, mountPath: fc.constantFrom('/data', '/etc/x', '/manager2') }), {
      maxLength: 3,
    }),
  },
  { requiredKeys: ['name', 'image'] },
);
const podArbitrary = fc.record(
  {
    metadata: fc.record(
      {
        labels: fc.constantFrom({ app: 'operator' }, { app: 'other' }),
        annotations: fc.dictionary(name, name),
      },
      { requiredKeys: ['labels'] },
    ),
    spec: fc.record(
      {
        containers: fc.uniqueArray(containerArbitrary, {
          minLength: 1,
          maxLength: 4,
          selector: (each) => each.name,
        }),
        volumes: fc.uniqueArray(
          fc.record({ name: fc.oneof(name, fc.constantFrom('gofleet-0', 'gofleet-1')) }),
          {
            selector: (each) => each.name,
            maxLength: 4,
          },
        ),
      },
      { requiredKeys: ['containers'] },
    ),
  },
  { requiredKeys: ['metadata', 'spec'] },
);

/** The pod without what gofleet adds, absent lists the same as empty ones. */
function original(pod: PodTemplate): unknown {
  const ours = new Set(pod.spec.volumes?.filter(({ csi }) => csi).map((volume) => volume.name));
  const { [inCluster.injectedAnnotation]: _, ...annotations } = pod.metadata?.annotations ?? {};
  return {
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...pod.spec,
      volumes: (pod.spec.volumes ?? []).filter((volume) => !ours.has(volume.name)),
      containers: pod.spec.containers.map((container) => ({
        ...container,
        volumeMounts: (container.volumeMounts ?? []).filter((mount) => !ours.has(mount.name)),
      })),
    },
  };
}

test('for any pod: the patch applies, adds only ours, mounts what it notes, and asked again changes nothing', () => {
  fc.assert(
    fc.property(podArbitrary, (pod) => {
      const { injections } = planInjection(pod, [runtime]);
      const after = patched(pod, runtime);
      expect(original(after)).toEqual(original(pod));
      const isSelected = pod.metadata.labels.app === 'operator';
      const expected = isSelected ? pod.spec.containers.filter((each) => each.image === image).length : 0;
      expect(injections).toHaveLength(expected);
      expect(parseInjections(after.metadata?.annotations)).toEqual(injections);
      const names = after.spec.volumes?.map((volume) => volume.name) ?? [];
      expect(new Set(names).size).toBe(names.length);
      expect(planInjection(after, [runtime]).operations).toEqual([]);
      expect(original(patched(after))).toEqual(original(pod));
    }),
  );
});
