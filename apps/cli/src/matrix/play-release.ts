import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import { goRuntimeApi, inCluster } from '@gofleet/inject/in-cluster';
import { planDeliveries } from '@gofleet/inject/plan-delivery';
import type { KubeClient } from '@gofleet/kube/client';
import { unlessGone } from '@gofleet/kube/unless-gone';
import type { DemoCluster } from '../demo/demo-cluster.ts';
import { type PreparedStage, type PrepareOptions, prepareStage } from '../demo/prepare-stage.ts';
import { type DemoStage, deleteWish, grantWish, readEntry } from '../demo/run-demo.ts';
import { findNodes } from '../survey/find-nodes.ts';
import { type Delivery, deliveries, type MatrixRow, type MatrixStep } from './matrix-row.ts';
import { playSandbox, wishForSandbox } from './play-sandbox.ts';

/** One release of Kubernetes, and what is played on it. */
export interface ReleasePlay extends Omit<PrepareOptions, 'cluster' | 'starts'> {
  readonly line: string;
  /** Starts the cluster that the release is played on. */
  readonly start: () => Promise<DemoCluster & Required<Pick<DemoCluster, 'down'>>>;
}

const unmet = (message: string): GofleetError => new GofleetError('cli.matrix-unmet', message);

/** Runs steps one after the other and keeps what each took, and the note that it answers; a failed one answers `undefined`. */
class Steps {
  readonly done: MatrixStep[] = [];

  get failed(): boolean {
    return this.done.some(({ error }) => error !== undefined);
  }

  async run<T>(name: MatrixStep['name'], step: () => Promise<T>): Promise<T | undefined> {
    const startedAt = performance.now();
    const tookMs = (): number => Math.round(performance.now() - startedAt);
    try {
      const result = await step();
      const note = typeof result === 'string' ? { note: result } : {};
      this.done.push({ name, tookMs: tookMs(), ...note });
      return result;
    } catch (thrown) {
      this.done.push({ name, tookMs: tookMs(), error: toGofleetError(thrown).message });
      return undefined;
    }
  }
}

/** The Go release that the operator's process runs. */
async function goThatRuns({ inCluster: operator, readProcess }: DemoStage): Promise<string> {
  const { pod } = await operator.waitForOnePod();
  return (await readProcess(pod)).goVersion;
}

async function expectGo(stage: DemoStage, expected: string): Promise<void> {
  const found = await goThatRuns(stage);
  if (found !== expected) throw unmet(`expected a process of ${expected}, found ${found}`);
}

/** What an uninstalled gofleet may not leave. */
async function expectNothingOfOurs(client: KubeClient): Promise<void> {
  const paths = {
    'its namespace': `/api/v1/namespaces/${inCluster.namespace}`,
    'its custom resource': `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${goRuntimeApi.plural}.${goRuntimeApi.group}`,
  };
  for (const [what, path] of Object.entries(paths)) {
    if ((await unlessGone(client.get(path))) !== undefined) throw unmet(`${what} is still there`);
  }
}

/** The deliveries that every node was found to support. */
async function offeredDeliveries({ client, progress, signal }: DemoStage): Promise<readonly Delivery[]> {
  const pools = planDeliveries(await findNodes(client, { progress, signal }), true);
  const isOffered: Readonly<Record<Delivery, boolean>> = {
    csi: pools.every(({ delivery }) => delivery === 'csi'),
    image: pools.every(({ imageVolumes }) => imageVolumes),
    copy: true,
  };
  return deliveries.filter((each) => isOffered[each]);
}

/** Moves the operator by a delivery and reads what it runs then. */
async function injectBy(stage: DemoStage, delivery: Delivery): Promise<void> {
  const wish = await grantWish(stage, delivery === 'csi' ? undefined : delivery);
  await expectGo(stage, stage.goVersion);
  const found = (await readEntry(stage, wish))?.delivered?.delivery;
  if (found !== delivery) throw unmet(`expected delivery ${delivery}, found ${found ?? 'none'}`);
}

type Found = Pick<MatrixRow, 'kubernetes' | 'offers'> & { readonly go: string };

/** One delivery after the other, until one cannot be taken back. */
async function playDeliveries(stage: DemoStage, { go, offers = [] }: Found, steps: Steps): Promise<void> {
  for (const delivery of offers) {
    await steps.run(delivery, () => injectBy(stage, delivery));
    const isBack = await steps.run('roll back', async () => {
      await deleteWish(stage);
      await expectGo(stage, go);
      return true;
    });
    if (!isBack) return;
  }
}

/** Answers what was there before. */
async function playOn({ stage, remove }: PreparedStage, steps: Steps): Promise<Found | undefined> {
  const before = await steps.run('look', async () => {
    await wishForSandbox(stage);
    return {
      go: await goThatRuns(stage),
      kubernetes: (await stage.client.get<{ gitVersion: string }>('/version')).gitVersion,
      offers: await offeredDeliveries(stage),
    };
  });
  if (before) {
    await playDeliveries(stage, before, steps);
    await steps.run('sandbox', () => playSandbox(stage));
  }
  await steps.run('uninstall', async () => {
    await remove();
    await expectNothingOfOurs(stage.client);
  });
  return before;
}

/**
 * The whole way on one release: start, install, inject by each delivery and roll back, build in a sandbox, uninstall, take down. What fails is told in the row, and
 * the cluster is taken down all the same.
 */
export async function playRelease(play: ReleasePlay): Promise<MatrixRow> {
  const { line, start, ...rest } = play;
  const steps = new Steps();
  const cluster = await steps.run('start', start);
  let found: Found | undefined;
  if (cluster) {
    const prepared = await steps.run('install', () => prepareStage({ ...rest, cluster, starts: 0 }));
    if (prepared) found = await playOn(prepared, steps).finally(() => prepared.close());
    await steps.run('take down', async () => {
      if (!(await cluster.down())) throw unmet('something of the lab is left: gofleet lab status');
    });
  }
  play.ui.signal.throwIfAborted();
  const day = new Date().toISOString().slice(0, 10);
  const { kubernetes = line, offers } = found ?? {};
  return { line, day, kubernetes, offers, passed: !steps.failed, steps: steps.done };
}
