import { chown, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { Manifest } from '@gofleet/inject/manifest';
import { renderManifests } from '@gofleet/inject/manifests';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';
import { unlessGone } from '@gofleet/kube/unless-gone';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { deleteRuntimes, removeManifests } from '../cluster/leave-cluster.ts';
import { waitReady } from '../cluster/wait-ready.ts';
import type { Context } from '../context.ts';
import { defaultImage } from '../image/default-image.ts';
import { describeImage } from '../image/image-content.ts';
import type { LocalGo } from '../local-go.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { type DemoImagesOptions, makeGoTreeImage, makeOperatorImage } from './demo-images.ts';
import { removeOperator, renderOperator, withSecret } from './deploy-operator.ts';
import type { PublishedOperator } from './operator.ts';
import { OperatorInCluster } from './operator-in-cluster.ts';
import { createProcessReader } from './read-process.ts';
import type { RegistryInLab } from './registry-in-lab.ts';
import type { DemoStage } from './run-demo.ts';

type Ui = Pick<Context, 'progress' | 'signal'>;

/** The user that the builder runs as; its folder on the node has to be its own. */
const builderUser = 65532;

/** Where the builder of a lab keeps modules, compiled packages and artefacts from one demo to the next. */
export function builderDir(): string {
  return join(cacheRoot(), 'builder');
}

async function giveToBuilder(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await giveToBuilder(path);
    else if ((await stat(path)).uid !== builderUser) await chown(path, builderUser, builderUser);
  }
  await chown(dir, builderUser, builderUser);
}

/** Packs gofleet's own image anew: it takes seconds, and the bundle may have changed. */
async function packOwnImage(dir: string): Promise<string> {
  const tar = join(dir, 'gofleet.tar');
  await packDockerArchive(await describeImage(defaultImage), `${tar}.new`);
  await rename(`${tar}.new`, tar);
  return tar;
}

/** The cluster with operator and gofleet in it, and the way to take both out again. */
export interface PreparedStage {
  readonly stage: DemoStage;
  /** Removes what was put into the cluster; for clusters that stay. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

export interface PrepareOptions {
  readonly cluster: DemoCluster;
  readonly operator: PublishedOperator;
  readonly go: LocalGo;
  /** The wanted release, `go1.26.8`. */
  readonly goVersion: string;
  readonly starts: number;
  readonly ui: Ui;
}

interface MadeImages {
  readonly operator: string;
  readonly goTree: string;
  readonly moduleDir: string;
}

/** Makes the images and hands them to the nodes, each as soon as it is there. */
async function loadImages({
  cluster,
  operator,
  go,
  goVersion,
  starts,
  ui,
}: PrepareOptions): Promise<MadeImages> {
  const dir = join(cacheRoot(), 'demo');
  await mkdir(dir, { recursive: true });
  const modCache = join(builderDir(), 'modules');
  const options: DemoImagesOptions = {
    ...{ dir, modCache, go: go.path, goproxy: go.goproxy, gosumdb: go.gosumdb },
    buildCache: join(builderDir(), 'build-cache'),
    ...ui,
  };
  const operatorImage = await makeOperatorImage(options, operator);
  const goTreeImage = starts > 0 ? await makeGoTreeImage(options, goVersion) : undefined;
  await giveToBuilder(builderDir());
  ui.progress.report({ step: "packing gofleet's own image" });
  const own = await packOwnImage(dir);
  const tars = [own, operatorImage.tar, ...(goTreeImage ? [goTreeImage.tar] : [])];
  for (const [index, tar] of tars.entries()) {
    ui.progress.report({ step: 'loading the images into the cluster', done: index, total: tars.length });
    await cluster.load(tar);
  }
  const moduleDir = join(modCache, `${operator.module}@${operator.version}`);
  return { operator: operatorImage.reference, goTree: goTreeImage?.reference ?? '', moduleDir };
}

async function installGofleet(
  client: KubeClient,
  { cluster, ui }: PrepareOptions,
  registry: RegistryInLab | undefined,
): Promise<void> {
  const { goproxy, gosumdb, builderHostPath } = cluster;
  const manifests = renderManifests({
    ...{ image: defaultImage, goproxy, gosumdb },
    ...(builderHostPath ? { builderHostPath } : {}),
    ...(registry
      ? { push: `docker://${registry.registry}/artefacts`, pushSecret: registry.login.metadata.name }
      : {}),
  });
  await applyManifests(client, withSecret(manifests, inCluster.namespace, registry?.login), ui);
  await waitReady(client, ui, 300_000);
}

/** Takes out what was put in, whatever of it is there; an interrupt does not stop it. */
function removerOf(
  client: KubeClient,
  { operator, ui }: PrepareOptions,
  manifests: readonly Manifest[],
): () => Promise<void> {
  return async () => {
    const context = { ...ui, signal: new AbortController().signal };
    const leaving = { client, context, timeoutMs: 300_000, force: false };
    await deleteRuntimes(leaving);
    await removeManifests(leaving);
    ui.progress.report({ step: 'removing the operator' });
    await removeOperator(client, operator, manifests);
  };
}

/** Refuses a cluster that has gofleet or the operator already: the demo would take out more than it put in. */
async function checkUnused(client: KubeClient, operator: PublishedOperator): Promise<void> {
  for (const namespace of [inCluster.namespace, operator.namespace]) {
    if ((await unlessGone(client.get(`/api/v1/namespaces/${namespace}`))) === undefined) continue;
    throw new GofleetError(
      'cli.cluster-in-use',
      `the demo needs a cluster without the namespace ${namespace}, found it there`,
      { facts: { namespace }, hint: 'name another cluster, or remove what runs there' },
    );
  }
}

/**
 * Puts the operator, as its users run it, and gofleet into a cluster. What fails half-way is taken out of a cluster that stays.
 * @throws `cli.cluster-in-use`, and what building the images and applying manifests throws
 */
export async function prepareStage(options: PrepareOptions): Promise<PreparedStage> {
  const { cluster, operator, goVersion, starts, ui } = options;
  const client = createKubeClient(await kubeconfigConnection({ path: cluster.kubeconfig }));
  if (!cluster.down) await checkUnused(client, operator);
  const images = await loadImages(options);
  const registry = await cluster.startRegistry?.(client);
  ui.progress.report({ step: `deploying ${operator.title} as its users do` });
  const manifests = await renderOperator(operator, {
    ...cluster,
    moduleDir: images.moduleDir,
    image: images.operator,
    pullSecret: registry?.login,
  });
  const remove = removerOf(client, options, manifests);
  try {
    await applyManifests(client, manifests, ui);
    await installGofleet(client, options, registry);
  } catch (thrown) {
    if (!cluster.down) await remove();
    throw thrown;
  }
  const stage: DemoStage = {
    ...{ client, operator, goVersion, starts, ...ui },
    inCluster: new OperatorInCluster(client, operator, ui.signal),
    images: { operator: images.operator, goTree: images.goTree },
    readProcess: createProcessReader(client, operator),
  };
  return { stage, remove, close: () => client.close() };
}
