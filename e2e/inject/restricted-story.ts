import type { GoRuntimeSpec } from '@gofleet/inject/go-runtime';
import { labKubectl } from '@gofleet/lab/lab';
import { expect, test } from 'vitest';
import { type Fleet, wish } from './fleet.ts';
import type { Pod, Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

const command = ['/present', '-http=0.0.0.0:3999', '-orighost=x', '-play=false'];

/** A workload as Pod Security `restricted` wants it. */
export const restricted = {
  container: {
    command,
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  },
  pod: {
    imagePullSecrets: [{ name: 'login' }],
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  },
};

/** Has a namespace enforce Pod Security `restricted`. */
export async function enforceRestricted({ client, namespace }: Shop): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await client.patch(`/api/v1/namespaces/${namespace}`, { metadata: { labels } }, { type: 'merge' });
}

/** Every way in which something comes into a pod. */
const ways: Readonly<Record<string, Partial<GoRuntimeSpec>>> = {
  csi: { delivery: 'csi' },
  copy: { delivery: 'copy' },
  image: { delivery: 'image' },
  godebug: {
    mode: 'godebug',
    runtime: { goVersion: '>=1.20' },
    godebug: { settings: { asyncpreemptoff: '1' } },
  },
  toolchain: { mode: 'toolchain', toolchain: { searchPath: '/usr/bin:/bin' } },
};

/** Whether pods can have user namespaces of their own: that takes containerd 2 and runc 1.2, which is newer than Debian 12 has it. */
async function hasUserNamespaces({ client, lab }: Fleet): Promise<boolean> {
  interface Node {
    readonly status: {
      readonly runtimeHandlers?: readonly { readonly features?: { readonly userNamespaces?: boolean } }[];
    };
  }
  const { status } = await client.get<Node>(`/api/v1/nodes/${lab.nodeName}`);
  return status.runtimeHandlers?.some(({ features }) => features?.userNamespaces === true) ?? false;
}

/** Whether the API server lets an injected pod of the way in that is to have a user namespace of its own. */
async function isAdmitted({ client, namespace }: Shop, way: string): Promise<boolean> {
  const { container, pod } = restricted;
  const image = 'gofleet.dev/e2e/present:1';
  const spec = { ...pod, hostUsers: false, containers: [{ name: 'present', image, ...container }] };
  const labels = { app: 'present', way };
  const sent = { metadata: { generateName: 'apart-', labels }, spec };
  const { metadata, spec: admitted } = await client.create<Pod & { spec: { hostUsers?: boolean } }>(
    `/api/v1/namespaces/${namespace}/pods`,
    sent,
    { dryRun: 'All' },
  );
  return metadata.annotations?.['gofleet.dev/injected'] !== undefined && admitted.hostUsers === false;
}

/** Under Pod Security `restricted`, in the user namespace of the node and in ones of their own. Artefacts are in a registry, and `login` is known. */
export function restrictedStory({ fleet, openShop }: Stage, login: () => object): void {
  test('every mode and delivery, in a namespace that enforces Pod Security "restricted", in user namespaces too', async () => {
    const shop = await openShop();
    const { client, namespace } = shop;
    await client.delete(shop.deploymentPath());
    await enforceRestricted(shop);
    await client.create(`/api/v1/namespaces/${namespace}/secrets`, login());
    const runs = await hasUserNamespaces(fleet());
    for (const way of Object.keys(ways)) {
      const { container, pod } = restricted;
      await shop.deploy(way, 1, { labels: { way }, container, pod });
      const apart = { ...pod, hostUsers: false };
      if (runs) await shop.deploy(`${way}-apart`, 1, { labels: { way }, container, pod: apart });
    }
    for (const [way, spec] of Object.entries(ways)) {
      const runtime = wish(namespace, { ...spec, selector: { matchLabels: { app: 'present', way } } });
      await shop.wish({ ...runtime, metadata: { ...runtime.metadata, name: way } });
    }
    const count = runs ? 2 : 1;
    for (const way of Object.keys(ways))
      await waitUntil(
        `${count} pods by ${way}`,
        async () => {
          const entries = await shop.judged(way);
          return entries.length === count && entries.every(({ phase }) => phase === 'Verified');
        },
        { timeoutMs: 400_000, describe: () => shop.judged(way) },
      );
    for (const way of Object.keys(ways)) expect([way, await isAdmitted(shop, way)]).toEqual([way, true]);
    // What is brought may be thrown away: nodes are drained as before, but for what kubectl asks of every emptyDir.
    const drain = ['drain', fleet().lab.nodeName, '--dry-run=server', '--ignore-daemonsets', '--force'];
    const drained = (way: string, ...more: string[]) =>
      labKubectl(fleet().lab.name, [...drain, ...more, `--pod-selector=way=${way}`]).then(
        ({ stdout, stderr }) => stdout + stderr,
        String,
      );
    expect(await drained('csi')).toMatch(/drained/);
    expect(await drained('copy')).toMatch(/--delete-emptydir-data/);
    expect(await drained('copy', '--delete-emptydir-data')).toMatch(/drained/);
    for (const way of Object.keys(ways)) await client.delete(shop.runtimePath(way));
    const wishes = `/apis/gofleet.dev/v1alpha1/namespaces/${namespace}/goruntimes`;
    await waitUntil('the wishes to go', async () => (await client.list(wishes)).items.length === 0);
  });
}
