import type { KubeObject } from '@gofleet/kube/kube-object';
import { labKubectl } from '@gofleet/lab/lab';
import { defaultImage } from 'gofleet/image/default-image';
import { expect, test } from 'vitest';
import { originalGo, wish } from './fleet.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

interface BuildingPod extends KubeObject {
  readonly spec: { readonly initContainers?: readonly Record<string, unknown>[] };
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

/** Adds the stories of pods that build, to the tests of a lab. */
export function sandboxStory({ fleet, openShop }: Stage): void {
  test('a changed sandbox rolls the deployment that uses it; one that is wished no more goes, and nothing stays behind', async () => {
    const shop = await openShop();
    const { client, lab } = fleet();
    await client.delete(shop.deploymentPath());
    await shop.deploy('ci', 1, {
      container: { volumeMounts: [{ name: 'work', mountPath: '/work' }] },
      pod: { volumes: [{ name: 'work', emptyDir: {} }] },
    });
    await shop.untilAvailable(1, 'ci');
    const before = await shop.deployment('ci');
    const offering = (...goVersions: string[]) => ({ volume: 'work', goVersions, goproxy: lab.moduleMirror });
    // Its program runs that release already: the sandbox is all that there is to roll for.
    const runtime = { goVersion: originalGo.replace('go', '') };
    await shop.wish(wish(shop.namespace, { runtime, sandbox: offering('1.26.8') }));
    const untilOnly = (what: string, isMeant: (args: readonly string[] | undefined) => boolean) =>
      waitUntil(
        what,
        async () => {
          const [pod, ...others] = (await shop.pods('ci')) as readonly BuildingPod[];
          const sandbox = pod?.spec.initContainers?.find(({ name }) => name === 'gofleet-sandbox');
          const isAlone = pod !== undefined && others.length === 0;
          return isAlone && isMeant(sandbox?.args as readonly string[] | undefined);
        },
        { timeoutMs: 240_000, describe: async () => (await shop.runtime()).status },
      );
    await untilOnly('a pod with a sandbox', (args) => args?.at(-1) === '/opt/gofleet/go1.26.8');
    await shop.untilAvailable(1, 'ci');
    await shop.patchWish({ sandbox: offering('1.23.4') });
    await untilOnly('a pod with the changed sandbox', (args) => args?.at(-1) === '/opt/gofleet/go1.23.4');
    await shop.untilPhase('Verified', 1);
    await shop.patchWish({ sandbox: null });
    await untilOnly('a pod without a sandbox', (args) => args === undefined);
    await shop.unwish();
    expect((await shop.deployment('ci')).spec).toEqual(before.spec);
  });

  test('a pod under Pod Security "restricted" builds and tests through a sandbox of its own', async () => {
    const shop = await openShop();
    const { client, lab } = fleet();
    const path = `/api/v1/namespaces/${shop.namespace}`;
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await client.patch(path, { metadata: { labels } }, { type: 'merge' });
    await client.create(`${path}/configmaps`, { metadata: { name: 'sources' }, data: sources });
    const sandbox = { volume: 'work', goVersions: ['1.26.8'], goproxy: lab.moduleMirror };
    await shop.wish(wish(shop.namespace, { sandbox, rollout: { strategy: 'OnRestart' } }));
    const pods = `${path}/pods`;
    await waitUntil('the builder to have the release', async () => {
      const releases = (await shop.runtime()).status?.toolchain?.releases ?? [];
      return releases.some(({ artefact }) => artefact !== undefined);
    });
    // The wish is known to the webhook a moment later.
    const isInjected = async (): Promise<boolean> => {
      const { spec } = await client.create<BuildingPod>(pods, buildingPod, { dryRun: 'All' });
      const [sandbox] = spec.initContainers ?? [];
      return (
        sandbox?.name === 'gofleet-sandbox' && String(sandbox.args).endsWith('--goroot,/opt/gofleet/go1.26.8')
      );
    };
    await waitUntil('the webhook to add the sandbox', isInjected);
    await client.create(pods, buildingPod);
    const logs = (container: string): Promise<string> =>
      labKubectl(lab.name, ['logs', '-n', shop.namespace, 'ci', '-c', container]).then(
        ({ stdout }) => stdout,
        String,
      );
    const ended = await waitUntil(
      'the pod to end',
      async () => {
        const pod = await client.get<BuildingPod>(`${pods}/ci`);
        return /Succeeded|Failed/.test(pod.status?.phase ?? '') && pod;
      },
      { describe: async () => [await client.get(`${pods}/ci`), await logs('gofleet-sandbox')] },
    );
    const said = await logs('main');
    expect(ended.status?.phase, said).toBe('Succeeded');
    expect(said).toContain('--- PASS: TestM');
    expect(said).toContain('user: 1234');
    expect(said).toMatch(/token: .*no such file/);
  });
}
