import type { KubeObject } from '@gofleet/kube/kube-object';
import { labKubectl } from '@gofleet/lab/lab';
import { defaultImage } from 'gofleet/image/default-image';
import { type Fleet, wish } from './fleet.ts';
import type { Shop } from './shop.ts';
import { waitUntil } from './wait-until.ts';

export interface BuildingPod extends KubeObject {
  readonly spec: {
    readonly containers: readonly Record<string, unknown>[];
    readonly initContainers?: readonly Record<string, unknown>[];
  };
  readonly status?: { readonly phase?: string };
}

const sources = {
  'go.mod': 'module example.test/m\n\ngo 1.21\n',
  'm_test.go':
    'package m\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestM(t *testing.T) {\n\t_, err := os.Stat("/var/run/secrets/kubernetes.io/serviceaccount/token")\n\tt.Log("token:", err)\n\tt.Log("user:", os.Getuid())\n}\n',
};

/** A pod of a team that may do nothing: its only container calls the stand-in. */
const buildingPod = {
  metadata: { name: 'ci', labels: { app: 'present' } },
  spec: {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 1234, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        ...{ name: 'main', image: defaultImage, workingDir: '/work' },
        command: ['/run/gofleet-sandbox/go', 'test', '-v', './...'],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'work', mountPath: '/work' }],
      },
    ],
    volumes: [{ name: 'work', configMap: { name: 'sources' } }],
  },
};

/** Wishes a sandbox in a namespace, has a pod test a module in one, and answers the pod once it has ended, and what it said. */
export async function testInSandbox(
  { client, lab }: Fleet,
  shop: Shop,
  pod: object = {},
): Promise<{ readonly ended: BuildingPod; readonly said: string }> {
  const path = `/api/v1/namespaces/${shop.namespace}`;
  const pods = `${path}/pods`;
  await client.create(`${path}/configmaps`, { metadata: { name: 'sources' }, data: sources });
  const sandbox = { volume: 'work', goVersions: ['1.26.8'], goproxy: lab.moduleMirror };
  await shop.wish(wish(shop.namespace, { sandbox, rollout: { strategy: 'OnRestart' } }));
  await waitUntil('the builder to have the release', async () => {
    const releases = (await shop.runtime()).status?.toolchain?.releases ?? [];
    return releases.some(({ artefact }) => artefact !== undefined);
  });
  const building = { ...buildingPod, spec: { ...buildingPod.spec, ...pod } };
  // The wish is known to the webhook a moment later.
  await waitUntil('the webhook to add the sandbox', async () => {
    const { spec } = await client.create<BuildingPod>(pods, building, { dryRun: 'All' });
    const all = [...(spec.initContainers ?? []), ...spec.containers];
    const found = all.find(({ name }) => name === 'gofleet-sandbox');
    return String(found?.args).endsWith('--goroot,/opt/gofleet/go1.26.8');
  });
  await client.create(pods, building);
  const logs = (container: string): Promise<string> =>
    labKubectl(lab.name, ['logs', '-n', shop.namespace, 'ci', '-c', container]).then(
      ({ stdout }) => stdout,
      String,
    );
  const ended = await waitUntil(
    'the pod to end',
    async () => {
      const found = await client.get<BuildingPod>(`${pods}/ci`);
      return /Succeeded|Failed/.test(found.status?.phase ?? '') && found;
    },
    { describe: async () => [await client.get(`${pods}/ci`), await logs('gofleet-sandbox')] },
  );
  return { ended, said: await logs('main') };
}
