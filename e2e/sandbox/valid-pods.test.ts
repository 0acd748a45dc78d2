import { renderCustomResourceDefinition } from '@gofleet/inject/custom-resource-definition';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { Manifest } from '@gofleet/inject/manifest';
import { planAdmission } from '@gofleet/inject/plan-admission';
import type { PodTemplate, VolumeMount } from '@gofleet/inject/pod';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';
import { labDown, labUp } from '@gofleet/lab/lab';
import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { applyManifests } from 'gofleet/cluster/apply-manifests';
import { createProgress } from 'gofleet/progress';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstBuildMs } from '../inject/fleet.ts';
import { waitUntil } from '../inject/wait-until.ts';

const name = 'e2e-valid';
const sandboxes = { image: 'gofleet:test', hasNativeSidecars: true };
type Spec = PodTemplate['spec'];
type Resources = NonNullable<NonNullable<GoRuntime['spec']['sandbox']>['resources']>;
let client: KubeClient;

beforeAll(async () => {
  await labDown(name);
  const { kubeconfig } = await labUp({ name, kubernetes: '1.36' });
  client = createKubeClient(await kubeconfigConnection({ path: kubeconfig }));
  const definition = renderCustomResourceDefinition() as unknown as Manifest;
  const { signal } = new AbortController();
  await applyManifests(client, [definition], { signal, progress: createProgress({ quiet: true }) });
  await waitUntil('pods to be let in', async () => (await refusalOf(podOf({}))) === undefined);
}, firstBuildMs);
afterAll(async () => {
  await client?.close();
  await labDown(name);
});

function wishFor(resources?: Resources): GoRuntime {
  return {
    ...{
      apiVersion: 'gofleet.dev/v1alpha1',
      kind: 'GoRuntime',
      metadata: { name: 'ci', namespace: 'default' },
    },
    spec: {
      selector: { matchLabels: { app: 'ci' } },
      runtime: { goVersion: '1.26.8' },
      sandbox: { volume: 'work', ...(resources === undefined ? {} : { resources }) },
    },
  };
}

function podOf({
  mount = {},
  spec = {},
  main = {},
}: {
  mount?: Partial<VolumeMount>;
  spec?: object;
  main?: object;
}) {
  const volumeMounts = [{ name: 'work', mountPath: '/work', ...mount }];
  const containers = [{ name: 'main', image: 'ci', volumeMounts, ...main }];
  const volumes = [{ name: 'work', emptyDir: {} }];
  return { metadata: { name: 'ci', labels: { app: 'ci' } }, spec: { containers, volumes, ...spec } as Spec };
}

/** What the API server says against an object; it makes none. */
async function refusalOf(
  body: object,
  path = '/api/v1/namespaces/default/pods',
): Promise<string | undefined> {
  return await client.create(path, body, { dryRun: 'All' }).then(
    () => undefined,
    (thrown: Error) => thrown.message,
  );
}

function admit(pod: PodTemplate, resources?: Resources) {
  const { operations } = planAdmission(pod, [wishFor(resources)], { sandboxes });
  const admitted = applyJsonPatch(pod, operations) as PodTemplate;
  return { admitted, hasSandbox: admitted.spec.initContainers !== undefined };
}

const refused: readonly Resources[] = [
  { limits: { memory: '4GB' } },
  { limits: { memory: '-1' } },
  { requests: { memory: '2Gi' }, limits: { memory: '1.5Gi' } },
  { limits: { gpu: '1' } },
  { limits: { 'Example/gpu': '1' } },
  { limits: { 'hugepages-2Mi': '4Mi' } },
  { limits: { 'requests.example.com/gpu': '1' } },
  { limits: { 'example.com/gpu': '500m' } },
  { requests: { 'example.com/gpu': '1' } },
  { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '2' } },
];

test.each(refused)(
  'resources %j: a container with them is refused, and no sandbox has them',
  async (resources) => {
    expect(await refusalOf(podOf({ main: { resources } }))).toBeDefined();
    const { admitted, hasSandbox } = admit(podOf({}), resources);
    expect([hasSandbox, await refusalOf(admitted)]).toEqual([false, undefined]);
  },
);

test.each<Resources>([
  {},
  { requests: { cpu: '9m', memory: '4Gi' }, limits: { cpu: '0.009', memory: '4294967296' } },
  { limits: { 'ephemeral-storage': '1e9', cpu: '.5', memory: '2.' } },
  { requests: { 'example.com/gpu': '2' }, limits: { 'example.com/gpu': '2' } },
  { requests: { 'kubernetes.io/batch-cpu': '500' }, limits: { 'kubernetes.io/batch-cpu': '1000' } },
])('resources %j: a sandbox may have them', async (resources) => {
  const { admitted, hasSandbox } = admit(podOf({}), resources);
  expect([hasSandbox, await refusalOf(admitted)]).toEqual([true, undefined]);
});

test('a wish with a quantity that is none is refused', async () => {
  const path = '/apis/gofleet.dev/v1alpha1/namespaces/default/goruntimes';
  expect(await refusalOf(wishFor({ limits: { memory: '4GB' } }), path)).toMatch(/limits\.memory.*4GB/s);
  expect(await refusalOf(wishFor({ limits: { memory: '4Gi', cpu: '.5' } }), path)).toBeUndefined();
});

test.each<[boolean, Partial<VolumeMount>]>([
  [true, { subPath: 'src', readOnly: true }],
  [true, { subPathExpr: '$(TEAM)' }],
  [true, { readOnly: true, recursiveReadOnly: 'IfPossible' }],
  [true, { mountPath: '/tmp' }],
  [true, { mountPath: '/tmp/work' }],
  [false, { mountPath: '/var/gofleet-sandbox' }],
  [false, { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
  [false, { mountPath: '/run/gofleet-sandbox' }],
])('a sandbox: %s, the volume being mounted by %j; the pod is let in', async (isMeant, mount) => {
  const { admitted, hasSandbox } = admit(podOf({ mount, main: { env: [{ name: 'TEAM', value: 'a' }] } }));
  expect([hasSandbox, await refusalOf(admitted)]).toEqual([isMeant, undefined]);
});

test('a pod that bounds its containers together is let in', async () => {
  const spec = { resources: { requests: { cpu: '50m', memory: '1Gi' }, limits: { memory: '1Gi' } } };
  const { admitted, hasSandbox } = admit(podOf({ spec }));
  expect([hasSandbox, await refusalOf(admitted)]).toEqual([true, undefined]);
});
