import type { KubeObject } from '@gofleet/kube/kube-object';
import { expect, test } from 'vitest';
import { image, tellingImage, wish } from './fleet.ts';
import type { Pod, Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';
import { wrappedImage, wrappedPath } from './wrapped-image.ts';

const labels = { app: 'present' };
const rest = ['-orighost=x', '-play=false'];
const program = (name: string, port: number, more: object = {}) => ({
  ...{ name, image, imagePullPolicy: 'IfNotPresent' },
  args: [`-http=0.0.0.0:${port}`, ...rest],
  ...more,
});

interface Case {
  readonly metadata?: object;
  readonly spec?: object;
  readonly containers?: readonly object[];
}

const forged = [
  { container: 'present', runtime: 'present', artefact: 'x', goVersion: 'go1', path: '/', imageId: '' },
];

/** Pods that get what is wished, whatever else they are. */
const moved: Readonly<Record<string, Case>> = {
  [`long-${'x'.repeat(190)}`]: {},
  'shared-processes': { spec: { shareProcessNamespace: true } },
  'of-the-node': { spec: { hostPID: true, hostNetwork: true }, containers: [program('present', 3997)] },
  'read-only': {
    spec: { securityContext: { runAsNonRoot: true } },
    containers: [program('present', 3999, { securityContext: { readOnlyRootFilesystem: true } })],
  },
  // Runs the same file by another name: through a link, and by a path that has to be looked up.
  'by-a-link': {
    containers: [
      program('present', 3999, { command: ['/proc/self/root/present', '-http=0.0.0.0:3999', ...rest] }),
      program('relative', 3998, {
        workingDir: '/tmp',
        command: ['../present', '-http=0.0.0.0:3998', ...rest],
      }),
    ],
  },
  'with-our-names': {
    spec: {
      volumes: [{ name: 'gofleet-0', emptyDir: {} }],
      initContainers: [
        {
          name: 'gofleet-1',
          image,
          imagePullPolicy: 'IfNotPresent',
          args: ['-help'],
          restartPolicy: 'Always',
        },
      ],
    },
    containers: [
      program('present', 3999, { volumeMounts: [{ name: 'gofleet-0', mountPath: 'gofleet-0/' }] }),
    ],
  },
  'with-a-forged-note': { metadata: { annotations: { 'gofleet.dev/injected': JSON.stringify(forged) } } },
  'of-many': { containers: Array.from({ length: 12 }, (_, at) => program(`c${at}`, 4000 + at)) },
};

/** A program of an image that is itself mounted: nothing can lie over it. */
const inOwnMount: Case = {
  spec: { volumes: [{ name: 'own', image: { reference: image, pullPolicy: 'IfNotPresent' } }] },
  containers: [
    program('present', 3999, {
      image: tellingImage,
      command: ['/opt/own/present', '-http=0.0.0.0:3999', ...rest],
      volumeMounts: [{ name: 'own', mountPath: 'opt/./own' }],
    }),
  ],
};

const podOf = (name: string, { metadata, spec, containers }: Case): KubeObject & { spec: object } => ({
  metadata: { name, labels, ...metadata },
  spec: {
    terminationGracePeriodSeconds: 1,
    ...spec,
    containers: containers ?? [program('present', 3999)],
  },
});

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';

/** Refuses every change of one Deployment, as a platform's policy may. */
async function lock({ client, namespace }: Shop, deployment: string): Promise<void> {
  const name = `lock-${namespace}`;
  const rule = {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    operations: ['UPDATE'],
    resources: ['deployments'],
  };
  await client.create(policies, {
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [{ ...rule, resourceNames: [deployment] }] },
      validations: [{ expression: 'false', message: 'templates are frozen until Monday' }],
    },
  });
  const matchLabels = { 'kubernetes.io/metadata.name': namespace };
  await client.create(bindings, {
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels } },
    },
  });
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`;
  const touch = { metadata: { annotations: { touched: 'yes' } } };
  await waitUntil('the policy to count', () =>
    client.patch(path, touch, { type: 'merge', query: { dryRun: 'All' } }).then(
      () => false,
      () => true,
    ),
  );
}

async function unlock({ client, namespace }: Shop): Promise<void> {
  await client.delete(`${bindings}/lock-${namespace}`);
  await client.delete(`${policies}/lock-${namespace}`);
}

/** What is known of every container of the wish's pods, by `pod/container`. */
async function known(shop: Shop): Promise<ReadonlyMap<string, string>> {
  const entries = await shop.judged();
  return new Map(
    entries.map(({ pod, container, phase, reason }) => [`${pod}/${container}`, `${phase}: ${reason}`]),
  );
}

/** Pods and policies that nobody had in mind. */
export function hostileStory({ openShop }: Stage): void {
  test('of two workloads a policy of the cluster refuses to have one changed: told so, and the other is moved', async () => {
    const shop = await openShop();
    await shop.deploy('frozen', 1);
    await shop.untilAvailable(1, 'frozen');
    await lock(shop, 'frozen');
    try {
      await shop.wish(wish(shop.namespace, { rollout: { waves: ['100%'] } }));
      await waitUntil('one to be moved', async () => (await shop.injected()).join() === 'true', {
        timeoutMs: 400_000,
        describe: async () => (await shop.runtime()).status,
      });
      const events = `/api/v1/namespaces/${shop.namespace}/events`;
      const { message } = await waitUntil('the event', async () => {
        const { items } = await shop.client.list<KubeObject & { reason: string; message: string }>(events);
        return items.find(({ reason }) => reason === 'RollRefused');
      });
      expect(message).toMatch(/^Deployment frozen is not rolled: .*templates are frozen until Monday/);
      expect(await shop.injected('frozen')).toEqual([false]);
    } finally {
      await unlock(shop);
    }
    await shop.unwish();
  });

  test('whatever pods are like, they start, run what is wished, or say why not', async () => {
    const shop = await openShop();
    const { client, namespace } = shop;
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await shop.deploy('wrapped', 1, {
      other: wrappedImage,
      container: { args: ['-http=0.0.0.0:3999', ...rest] },
    });
    await shop.wish(wish(namespace));
    await shop.untilPhase('Verified', 2);
    expect((await shop.judged()).map(({ running }) => running?.path).sort()).toEqual([
      wrappedPath,
      '/present',
    ]);

    const full = { annotations: { own: 'x'.repeat(261_900) } };
    for (const [name, more] of Object.entries({ ...moved, mounted: inOwnMount, full: { metadata: full } }))
      await client.create(pods, podOf(name, more));
    const forWindows = podOf('for-windows', { spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } });
    const { metadata } = await client.create<Pod>(pods, forWindows, { dryRun: 'All' });
    expect(metadata.annotations ?? {}).not.toHaveProperty('gofleet.dev/injected');

    const told = await waitUntil(
      'every pod to be read',
      async () => {
        const entries = await known(shop);
        const expected = Object.entries(moved).flatMap(([name, { containers = [{ name: 'present' }] }]) =>
          containers.map((each) => `${name}/${(each as { name: string }).name}`),
        );
        const isDone = expected.every((key) => entries.get(key)?.startsWith('Verified: '));
        const others = ['mounted/present', 'full/present'].every((key) =>
          entries.get(key)?.startsWith('Failed'),
        );
        return isDone && others && entries;
      },
      { describe: async () => [...(await known(shop))] },
    );
    expect(told.get('full/present')).toMatch(/annotations take \d+ of 262144 bytes/);
    expect(told.get('mounted/present')).toMatch(/own mount/);

    // What a person adds to a pod that runs changes nothing of what is known of it.
    const debug = { name: 'debug', image: tellingImage, imagePullPolicy: 'IfNotPresent' };
    const spec = { ephemeralContainers: [{ ...debug, targetContainerName: 'present' }] };
    await client.patch(`${pods}/read-only/ephemeralcontainers`, { spec }, { type: 'strategic' });
    await waitUntil('the ephemeral container to run', async () => {
      const pod = await client.get<Pod & { status: { ephemeralContainerStatuses?: { state: object }[] } }>(
        `${pods}/read-only`,
      );
      return pod.status.ephemeralContainerStatuses?.some(({ state }) => 'running' in state);
    });
    expect((await known(shop)).get('read-only/present')).toMatch(/^Verified: runs go1\.23\.4/);

    for (const name of [...Object.keys(moved), 'mounted', 'full']) await client.delete(`${pods}/${name}`);
    await shop.unwish();
  });
}
