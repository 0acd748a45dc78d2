import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type GoBuild, goBuildsPath } from '@gofleet/inject/builds';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { labKubectl } from '@gofleet/lab/lab';
import { expect, test } from 'vitest';
import { type Fleet, fragileImage, wish } from './fleet.ts';
import type { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

const templatePath = '/api/v1/namespaces/gofleet-system/podtemplates/gofleet-worker';
const holdLabel = 'gofleet.dev/e2e-workers';
/** Grades that a build of this program may have: evidence gets better. */
const sure = /^(?:proven|compiled-equal)$/;

/** A wish that changes no pod: its build is all that it asks for. */
const quietWish = (shop: Shop, goVersion: string, priority = 0): GoRuntime =>
  wish(shop.namespace, { runtime: { goVersion }, priority, rollout: { strategy: 'OnRestart' } });

async function listBuilds({ client }: Fleet): Promise<readonly GoBuild[]> {
  return (await client.list<GoBuild>(goBuildsPath)).items;
}

/** The build for a release that somebody wants. */
async function buildFor(fleet: Fleet, goVersion: string): Promise<GoBuild | undefined> {
  const builds = await listBuilds(fleet);
  return builds.find(({ spec }) => spec.goVersion === goVersion && spec.unwantedSince === undefined);
}

function untilBuild(fleet: Fleet, goVersion: string, isMeant: (build: GoBuild) => boolean): Promise<GoBuild> {
  return waitUntil(
    `the build for ${goVersion}`,
    async () => {
      const build = await buildFor(fleet, goVersion);
      return build && isMeant(build) ? build : undefined;
    },
    { describe: () => listBuilds(fleet) },
  );
}

/** Runs something while nobody knows what a recipe made before, or how an original was proved: everything is built anew. */
async function withoutMemory(fleet: Fleet, run: () => Promise<void>): Promise<void> {
  const kinds = ['builds', 'proofs'].map((kind) => join(fleet.builderDir, 'store', kind));
  const records = kinds.filter((folder) => existsSync(folder));
  for (const { metadata } of await listBuilds(fleet))
    await fleet.client.delete(`${goBuildsPath}/${metadata.name}`);
  for (const folder of records) await rename(folder, `${folder}.aside`);
  try {
    await run();
  } finally {
    // The next run of the tests is quicker with them.
    for (const folder of records) {
      await cp(`${folder}.aside`, folder, { recursive: true });
      await rm(`${folder}.aside`, { recursive: true });
    }
  }
}

/** Ends the process of a worker as a machine that dies would. */
function killWorker(worker: string): void {
  const pod = worker.replace(/-\d+$/, '');
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const read = (file: string): string => {
      try {
        return readFileSync(join('/proc', pid, file), 'utf8');
      } catch {
        // It ended meanwhile.
        return '';
      }
    };
    const isWorker = read('cmdline').startsWith('/gofleet/node\0/gofleet/gofleet.mjs\0worker\0');
    if (isWorker && read('environ').split('\0').includes(`HOSTNAME=${pod}`)) {
      process.kill(Number(pid), 'SIGKILL');
      return;
    }
  }
  throw new Error(`no process of worker ${worker}`);
}

async function holdWorkers({ client }: Fleet): Promise<void> {
  const { template } = await client.get<{ template: { spec: { containers: { args: string[] }[] } } }>(
    templatePath,
  );
  const [worker] = template.spec.containers;
  const args = [...(worker?.args ?? []), '--lease', '10'];
  const spec = { nodeSelector: { [holdLabel]: 'go' }, containers: [{ name: 'worker', args }] };
  await client.patch(templatePath, { template: { spec } }, { type: 'strategic' });
}

async function releaseWorkers({ client }: Fleet): Promise<void> {
  const { items } = await client.list<KubeObject>('/api/v1/nodes');
  for (const { metadata } of items)
    await client.patch(
      `/api/v1/nodes/${metadata.name}`,
      { metadata: { labels: { [holdLabel]: 'go' } } },
      { type: 'merge' },
    );
}

async function eventsOf({ client }: Fleet, build: GoBuild): Promise<readonly string[]> {
  const { items } = await client.list<KubeObject & { reason: string; involvedObject: { uid?: string } }>(
    '/api/v1/namespaces/default/events',
  );
  return items
    .filter(({ involvedObject }) => involvedObject.uid === build.metadata.uid)
    .map(({ reason }) => reason);
}

/** Builds that a fleet shares: run where gofleet is installed. */
export function buildsStory({ fleet, openShop }: Stage): void {
  test('two wishes for one image are one build, kept for a while when nobody wants it any more', async () => {
    const shops = [await openShop(), await openShop()];
    for (const shop of shops) await shop.wish(quietWish(shop, '1.24.1'));
    const names = await waitUntil('both to have their artefact', async () => {
      const runtimes = await Promise.all(shops.map((shop) => shop.runtime()));
      const builds = runtimes.map(({ status }) => status?.builds?.find(({ phase }) => phase === 'Ready'));
      return builds.every((build) => build?.artefact !== undefined) && builds.map((build) => build?.build);
    });
    expect(new Set(names).size).toBe(1);
    const build = await untilBuild(fleet(), 'go1.24.1', ({ spec }) => spec.wishes.length === 2);
    expect(build.spec.wishes).toEqual(shops.map(({ namespace }) => `${namespace}/present`).sort());
    for (const shop of shops) await shop.unwish();
    await waitUntil('the build to be marked', async () => {
      const builds = await listBuilds(fleet());
      const marked = builds.find(({ metadata }) => metadata.name === build.metadata.name);
      return marked?.status?.phase === 'Ready' && marked.spec.unwantedSince !== undefined;
    });
  });

  test('worker pods: by priority; killed in the middle, another finishes; what does not compile says so', async () => {
    const shops = [await openShop(), await openShop(), await openShop()] as const;
    const [common, urgent, fragile] = shops;
    await fragile.client.delete(fragile.deploymentPath());
    await fragile.deploy('fragile', 1, { other: fragileImage });
    await fleet().install('--worker-pods', '2');
    await holdWorkers(fleet());
    await withoutMemory(fleet(), async () => {
      await common.wish(quietWish(common, '1.23.4'));
      await fragile.wish(quietWish(fragile, '1.26.8', 50));
      await urgent.wish(quietWish(urgent, '1.24.1', 100));
      for (const goVersion of ['go1.23.4', 'go1.26.8', 'go1.24.1'])
        await untilBuild(fleet(), goVersion, () => true);

      await releaseWorkers(fleet());
      const begun = await untilBuild(fleet(), 'go1.24.1', ({ status }) => status?.phase === 'Proving');
      killWorker(begun.status?.worker ?? '');
      const done = await untilBuild(fleet(), 'go1.24.1', ({ status }) => status?.phase === 'Ready');
      expect(done.status).toMatchObject({ attempts: 2, grade: expect.stringMatching(sure) });
      expect(done.status?.worker).not.toBe(begun.status?.worker);
      await waitUntil('what happened to be told', async () => {
        const told = await eventsOf(fleet(), done);
        return ['Started', 'WorkerLost', 'Built'].every((reason) => told.includes(reason));
      });

      const other = await untilBuild(fleet(), 'go1.23.4', ({ status }) => status?.phase === 'Ready');
      const failed = await untilBuild(fleet(), 'go1.26.8', ({ status }) => status?.phase === 'Failed');
      expect([other, failed].map(({ status }) => status?.attempts)).toEqual([1, 1]);
      const starts = [begun, failed, other].map(({ status }) => status?.startedAt ?? '');
      expect(starts).toEqual([...starts].sort());

      expect(failed.status?.message).toMatch(/invalid array length/);
      const ready = failed.status?.conditions?.find(({ type }) => type === 'Ready');
      expect(ready).toMatchObject({ status: 'False', reason: 'CompileFailed' });
      expect((await fragile.runtime()).status?.builds?.[0]).toMatchObject({
        ...{
          build: failed.metadata.name,
          phase: 'Failed',
          message: expect.stringMatching(/invalid array length/),
        },
      });
      const { stdout } = await labKubectl(fleet().lab.name, ['get', 'gobuilds']);
      expect(stdout).toMatch(/NAME +ORIGINAL +TARGET +PRIORITY +PHASE +GRADE +AGE/);
      expect(stdout).toMatch(
        new RegExp(`${done.metadata.name} +go1\\.\\S+ +go1\\.24\\.1 +100 +Ready +(proven|compiled-equal)`),
      );
      const described = await labKubectl(fleet().lab.name, ['describe', 'gobuild', done.metadata.name]);
      expect(described.stdout).toMatch(/\nEvents:[\s\S]* WorkerLost /);
      expect(await fleet().gofleet('builds', done.metadata.name)).toContain('attempt 2');
      for (const shop of shops) await shop.unwish();
    });
  });
}
