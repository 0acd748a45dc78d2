import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runBuilder } from '@gofleet/builder/run-builder';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { createAttestationStore } from '@gofleet/filesystem/attestation-store';
import { renderBuildDefinition } from '@gofleet/inject/build-definition';
import { type GoBuild, goBuildsPath } from '@gofleet/inject/builds';
import { renderCustomResourceDefinition } from '@gofleet/inject/custom-resource-definition';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { Manifest } from '@gofleet/inject/manifest';
import type { ObservedBinary } from '@gofleet/inject/runtime-status';
import { applyStatus } from '@gofleet/kube/apply-status';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { createReflector } from '@gofleet/kube/reflector';
import { labDown, labUp } from '@gofleet/lab/lab';
import { applyManifests } from 'gofleet/cluster/apply-manifests';
import { createProgress } from 'gofleet/progress';
import type { Bench } from './bench.ts';
import { ClaimOrder } from './claim-order.ts';

const [images, recipes, wishes, workers, kills] = [200, 40, 20, 2, 3] as const;
const lab = 'bench-fleet';
const runtimesPath = '/apis/gofleet.dev/v1alpha1/namespaces/fleet/goruntimes';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function binaryOf(image: number): ObservedBinary {
  const program = `bench.test/program-${image % recipes}`;
  return {
    ...{ image: `registry.example/fleet/image-${image}:1`, path: '/program', imageId: `image-${image}` },
    sha256: createHash('sha256').update(program).digest('hex'),
    ...{ sizeBytes: 1, goVersion: 'go1.22.5', os: 'linux', arch: 'amd64', buildId: 'a/b/c/d' },
    package: program,
    buildInfo: `path\t${program}\nmod\t${program}\tv1.0.0\th1:x=\n`,
  };
}

/** Wishes of different urgency, each with ten images; contents are shared between them. */
async function makeWishes(client: KubeClient): Promise<void> {
  await client.create('/api/v1/namespaces', { metadata: { name: 'fleet' } });
  for (let wish = 0; wish < wishes; wish += 1) {
    const runtime: GoRuntime = {
      apiVersion: 'gofleet.dev/v1alpha1',
      kind: 'GoRuntime',
      metadata: { name: `wish-${wish}`, namespace: 'fleet' },
      spec: {
        selector: { matchLabels: { app: `app-${wish}` } },
        runtime: { goVersion: '1.26.8' },
        priority: ((wish * 7) % wishes) * 10,
      },
    };
    await client.create(runtimesPath, runtime);
    const binaries = Array.from({ length: images / wishes }, (_, index) =>
      binaryOf((wish * images) / wishes + index),
    );
    await applyStatus(client, runtime, { fieldManager: 'bench', status: { binaries } });
  }
}

interface Note {
  readonly event: 'begin' | 'end';
  readonly program: string;
  readonly worker: number;
}

function readNotes(journal: string): readonly Note[] {
  return readFileSync(journal, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Note);
}

/** Workers as processes of their own; one that is killed is replaced by a new one. */
class Workers {
  readonly #argv: readonly string[];
  readonly #running = new Set<ChildProcess>();

  constructor(argv: readonly string[]) {
    this.#argv = argv;
  }

  start(): void {
    const program = join(dirname(fileURLToPath(import.meta.url)), 'fleet-worker.ts');
    const child = spawn(process.execPath, [program, ...this.#argv], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#running.add(child);
  }

  killOne(): void {
    const all = [...this.#running];
    const victim = all[Math.floor(Math.random() * all.length)];
    if (!victim) return;
    victim.kill('SIGKILL');
    this.#running.delete(victim);
    this.start();
  }

  async end(): Promise<void> {
    const ended = [...this.#running].map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of this.#running) child.kill('SIGTERM');
    await Promise.all(ended);
  }
}

async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 170_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await sleep(50);
  }
}

async function killAtRandom(running: Workers, journal: string): Promise<void> {
  for (let kill = 0; kill < kills; kill += 1) {
    const after = (kill + 1) * 8;
    await until(
      'builds to be under way',
      () => readNotes(journal).filter(({ event }) => event === 'end').length >= after,
    );
    await sleep(Math.random() * 1000);
    running.killOne();
  }
}

async function countServed(client: KubeClient): Promise<number> {
  const { items } = await client.list<GoRuntime>(runtimesPath);
  return items
    .flatMap(({ status }) =>
      (status?.binaries ?? []).map((binary) => ({ binary, builds: status?.builds ?? [] })),
    )
    .filter(({ binary, builds }) =>
      builds.some((build) => build.binary === binary.sha256 && build.phase === 'Ready' && build.artefact),
    ).length;
}

async function measure(kubeconfig: string, dir: string): Promise<Record<string, unknown>> {
  const client = createKubeClient(await kubeconfigConnection({ path: kubeconfig }));
  const abort = new AbortController();
  const definitions = [renderCustomResourceDefinition(), renderBuildDefinition()] as unknown as Manifest[];
  await applyManifests(client, definitions, {
    progress: createProgress({ quiet: true }),
    signal: abort.signal,
  });
  const order = new ClaimOrder();
  const builds = createReflector<GoBuild & KubeObject>({
    client,
    path: goBuildsPath,
    onChange: (_change, build, previous) => order.see(build, previous),
  });
  builds.start();
  const [port, journal] = [await freePort(), join(dir, 'journal')];
  writeFileSync(journal, '');
  const nothing = () => Promise.reject(new Error('this process builds nothing'));
  const builder = runBuilder({
    ...{
      client,
      listenPort: port,
      store: createArtefactStore({ dir: join(dir, 'store') }),
      attestations: createAttestationStore(join(dir, 'store')),
      signal: abort.signal,
    },
    ...{ name: 'builder', concurrency: 0, workerPods: 0, leaseSeconds: 30, retentionMs: 3_600_000 },
    digestsOf: async () => [],
    resolve: async () => ({ goVersion: 'go1.26.8' }),
    ...{ relink: nothing, fetchToolchain: nothing, readShim: nothing },
    libraries: { find: nothing, fetch: nothing },
    log: () => undefined,
  });
  await makeWishes(client);
  await until('every recipe to be planned', () => builds.store.size === recipes);
  const running = new Workers([kubeconfig, `http://127.0.0.1:${port}`, dir, journal]);
  const startedAt = performance.now();
  for (let worker = 0; worker < workers; worker += 1) running.start();
  await killAtRandom(running, journal);
  await until('every image to be served', async () => (await countServed(client)) === images);
  const tookMs = Math.round(performance.now() - startedAt);
  await running.end();
  const all = [...builds.store.values()];
  abort.abort();
  await builder;
  builds.stop();
  const figures = { ...summarise(readNotes(journal), all), claimsOutOfOrder: order.inversions, tookMs };
  await client.close();
  return figures;
}

function summarise(notes: readonly Note[], builds: readonly GoBuild[]): Record<string, unknown> {
  const ends = Map.groupBy(
    notes.filter(({ event }) => event === 'end'),
    ({ program }) => program,
  );
  const begun = notes.filter(({ event }) => event === 'begin').length;
  const finished = [...ends.values()].flat().length;
  return {
    ...{ images, recipes, wishes, workers, workersKilled: kills },
    goBuilds: builds.length,
    ready: builds.filter(({ status }) => status?.phase === 'Ready').length,
    buildsBegun: begun,
    buildsCutOffByKills: begun - finished,
    buildsFinished: finished,
    recipesBuiltTwice: [...ends.values()].filter((each) => each.length > 1).length,
    takenOver: builds.filter(({ status }) => (status?.attempts ?? 0) > 1).length,
  };
}

async function run(): Promise<Record<string, unknown>> {
  const dir = await mkdtemp(join(tmpdir(), 'gofleet-bench-fleet-'));
  await labDown(lab);
  try {
    const { kubeconfig } = await labUp({ name: lab, kubernetes: '1.36' });
    return await measure(kubeconfig, dir);
  } finally {
    await labDown(lab);
    rmSync(dir, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  question: 'is every recipe of a fleet built once, in order of priority, whatever happens to the workers?',
  run,
};
