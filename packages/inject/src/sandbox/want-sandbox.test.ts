import { expect, test } from 'vitest';
import type { PodContainer, PodTemplate } from '../admission/pod.ts';
import { wantInjections } from '../admission/want-injections.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { parseQuantity } from '../parse-quantity.ts';
import { type SandboxSpec, sandboxSchema } from './sandbox-spec.ts';
import { isSandbox } from './want-sandbox.ts';

function wish(sandbox: Partial<SandboxSpec> = {}): GoRuntime {
  return {
    ...{ apiVersion: 'gofleet.dev/v1alpha1', kind: 'GoRuntime', metadata: { name: 'ci', namespace: 'ci' } },
    spec: {
      selector: { matchLabels: { app: 'ci' } },
      runtime: { goVersion: '1.26.8' },
      sandbox: { volume: 'work', ...sandbox },
    },
  };
}

function pod(...containers: readonly PodContainer[]): PodTemplate {
  return { metadata: { labels: { app: 'ci' } }, spec: { containers, volumes: [{ name: 'work' }] } };
}

const main: PodContainer = { name: 'main', volumeMounts: [{ name: 'work', mountPath: '/work' }] };

/** What is said of a wished sandbox: nothing when the pod gets it. */
function problemOf(from: PodTemplate, sandbox: Partial<SandboxSpec> = {}): string | undefined {
  const { injections, notes } = wantInjections(from, [wish(sandbox)]);
  expect(notes.every(({ container }) => container === 'main')).toBe(true);
  expect(injections.some(isSandbox)).toBe(notes.length === 0);
  return notes.map(({ text }) => text).join('\n') || undefined;
}

type Resources = NonNullable<SandboxSpec['resources']>;
const limits = (memory: string) => ({ limits: { memory } });

test.each<[string, Resources, string]>([
  ['no quantity', limits('4GB'), 'limits.memory: "4GB" is no quantity, as 500m, 2 or 4Gi'],
  ['no quantity', limits('4Gb.a'), 'limits.memory: "4Gb.a" is no quantity, as 500m, 2 or 4Gi'],
  ['negative', limits('-1'), 'limits.memory: "-1" is no quantity, as 500m, 2 or 4Gi'],
  [
    'more than the limit',
    { requests: { memory: '2Gi' }, limits: { memory: '1.5Gi' } },
    'requests.memory: 2Gi is above the limit 1.5Gi',
  ],
  ['an unknown name', { limits: { gpu: '1' } }, 'limits.gpu: a container has no such resource'],
  [
    'a malformed name',
    { limits: { 'Example/gpu': '1' } },
    'limits.Example/gpu: a container has no such resource',
  ],
  [
    'huge pages',
    { limits: { 'hugepages-2Mi': '4Mi' } },
    'limits.hugepages-2Mi: a container has no such resource',
  ],
  [
    'half a device',
    { limits: { 'example.com/gpu': '500m' } },
    'limits.example.com/gpu: 500m is no whole number',
  ],
  [
    'a device without a limit',
    { requests: { 'example.com/gpu': '1' } },
    'requests.example.com/gpu: 1 is not the limit, and of this resource it has to be',
  ],
])('resources with which the API server would refuse the pod: %s', (_why, resources, problem) => {
  expect(problemOf(pod(main), { resources })).toBe(`no sandbox: spec.sandbox.resources.${problem}`);
});

test.each<[Resources]>([
  [{}],
  [{ requests: { cpu: '9m', memory: '4Gi' }, limits: { cpu: '0.009', memory: '4294967296' } }],
  [{ requests: { cpu: '2' } }],
  [{ limits: { 'ephemeral-storage': '1e9' } }],
  [{ requests: { 'example.com/gpu': '2' }, limits: { 'example.com/gpu': '2' } }],
  [{ requests: { 'kubernetes.io/batch-cpu': '500' }, limits: { 'kubernetes.io/batch-cpu': '1000' } }],
])('resources that a container may have: %j', (resources) => {
  expect(problemOf(pod(main), { resources })).toBeUndefined();
});

test('the schema takes quantities, and nothing else', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a schema is looked at as JSON
  const { properties } = sandboxSchema as any;
  const pattern = new RegExp(properties.resources.properties.limits.additionalProperties.pattern);
  for (const text of ['1', '500m', '1.5Gi', '.5', '2.', '1e9', '1E-3', '3E', '100n', '+1k']) {
    expect([text, pattern.test(text)]).toEqual([text, true]);
    expect(parseQuantity(text)).toBeGreaterThan(0);
  }
  for (const text of ['4GB', '4gi', '1K', '1KI', '-1', '1e', '1Gi2', '1.2.3', '', '.', '4 Gi'])
    expect([text, pattern.test(text)]).toEqual([text, false]);
});

const at = (mountPath: string): PodContainer => ({
  name: 'main',
  volumeMounts: [{ name: 'work', mountPath }],
});

test.each([
  ['/run', '/run/gofleet-sandbox'],
  ['/var/gofleet-sandbox/work', '/var/gofleet-sandbox'],
  ['/var', '/var/gofleet-sandbox'],
  ['/var/run/secrets', '/var/run/secrets/kubernetes.io/serviceaccount'],
  ['opt/x/..', '/opt/gofleet'],
  ['/opt/gofleet/go1.26.8', '/opt/gofleet'],
  ['/gofleet', '/gofleet'],
  ['/usr/lib', '/usr/lib'],
  ['/', '/run/gofleet-sandbox'],
])('a volume at %s would hide what the sandbox has at %s, or be hidden', (mountPath, place) => {
  expect(problemOf(pod(at(mountPath)))).toBe(
    `no sandbox: the volume work is mounted at ${mountPath}, and the sandbox has ${place} of its own; mount it elsewhere`,
  );
});

test.each(['/usr/src/app', '/optional', '/tmp', '/tmp/work', '/runner', '/home/gofleet'])(
  'a volume at %s is in nobody’s way',
  (mountPath) => {
    expect(problemOf(pod(at(mountPath)))).toBeUndefined();
  },
);

test('what lies in the folder of the stand-in is in its way', () => {
  const mounts = [...(main.volumeMounts ?? []), { name: 'work', mountPath: '/run/gofleet-sandbox/x' }];
  expect(problemOf(pod({ ...main, volumeMounts: mounts }))).toBe(
    'no sandbox: the pod has a mount at /run/gofleet-sandbox/x of its own; rename it',
  );
});
