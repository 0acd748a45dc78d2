import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import { type GoRuntime, inCluster } from '@gofleet/inject/go-runtime';
import { planInjection } from '@gofleet/inject/plan-injection';
import type { PodTemplate } from '@gofleet/inject/pod';
import { labExec } from '@gofleet/lab/lab';
import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeBinary, makeBuild, makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import { type RegistryInLab, startRegistryInLab } from 'gofleet/demo/registry-in-lab';
import { measureStartTimes } from 'gofleet/demo/start-times';
import { type Fleet, originalGo, startFleet, tellingImage } from '../e2e/inject/fleet.ts';
import { createGoBench } from '../e2e/relink/go-binaries.ts';
import { type Bench, summarise } from './bench.ts';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const namespace = 'starts';

/** What is measured. */
interface Plan {
  readonly deliveries: readonly string[];
  /** Of the payload, in MB. */
  readonly sizes: readonly number[];
  /** Warm starts of each cell; cold ones are a fifth of it. */
  readonly n: number;
}

const everything: Plan = { deliveries: ['csi', 'image', 'copy'], sizes: [5, 50, 250], n: 20 };

/** A program of a size that lies wherever a delivery takes it from. */
interface Payload {
  readonly megabytes: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly image: string;
}

const tiny = {
  'go.mod': 'module bench/payload\n\ngo 1.22\n',
  'main.go': 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("started") }\n',
};

async function makePayload(fleet: Fleet, { registry, login }: RegistryInLab, megabytes: number, dir: string) {
  const go = await createGoBench();
  const path = join(dir, `payload-${megabytes}`);
  copyFileSync(await go.build(tiny, originalGo), path);
  go.remove();
  // No loader looks at what follows the last segment.
  const { sizeBytes: own } = await hashFile(path);
  for (let left = megabytes * 1e6 - own; left > 0; left -= 10e6)
    await appendFile(path, randomBytes(Math.min(left, 10e6)));
  const { sha256, sizeBytes } = await hashFile(path);
  await createArtefactStore({ dir: join(fleet.builderDir, 'store') }).put(path);
  const data = (login as { data: Record<string, string> }).data;
  const written = (name: string, key: string) =>
    writeFileSync(join(dir, name), Buffer.from(data[key] ?? '', 'base64'));
  written('config.json', '.dockerconfigjson');
  written('ca.crt', 'ca.crt');
  const script = join(here, 'push-payload.ts');
  const argv = [process.execPath, script, `docker://${registry}/bench`, path, sha256, dir];
  const pushed = await labExec(fleet.lab.name, [
    'env',
    `NODE_EXTRA_CA_CERTS=${join(dir, 'ca.crt')}`,
    ...argv,
  ]);
  if (pushed.code !== 0) throw new Error(`payload not pushed: ${pushed.stderr}`);
  return { megabytes, sha256, sizeBytes, image: pushed.stdout.trim() };
}

/** The pod that the webhook makes of the plain one. */
function podOf(payload: Payload | undefined, delivery: string): PodTemplate {
  const plain = {
    metadata: { labels: { app: 'operator', [inCluster.optOutLabel]: 'true' } },
    spec: {
      ...{ restartPolicy: 'Never', terminationGracePeriodSeconds: 0, imagePullSecrets: [{ name: 'login' }] },
      securityContext: { runAsUser: 65532 },
      containers: [
        { name: 'main', image: tellingImage, imagePullPolicy: 'IfNotPresent', command: ['/telling'] },
      ],
    },
  };
  if (!payload) return plain;
  const binary = makeBinary(tellingImage, { path: '/telling', package: 'bench/payload' });
  const { sha256: artefact, sizeBytes, image } = payload;
  const status = { binaries: [binary], builds: [makeBuild(binary, { artefact, sizeBytes, image })] };
  const spec = { delivery: delivery as NonNullable<GoRuntime['spec']['delivery']> };
  const { operations, injections } = planInjection(plain, [makeReadyRuntime(tellingImage, { spec, status })]);
  if (injections.length !== 1) throw new Error(`not delivered by ${delivery}`);
  const patched: PodTemplate = applyJsonPatch(plain, operations);
  // The webhook is not asked: what it would do is done.
  const labels = { ...plain.metadata.labels, [inCluster.optOutLabel]: 'false' };
  return { ...patched, metadata: { ...patched.metadata, labels } };
}

/** Takes from the node what an earlier start left there. */
async function forget(fleet: Fleet, { sha256, image }: Payload): Promise<void> {
  const store = join(fleet.lab.dir, 'kubelet/plugins', inCluster.csiDriver, 'store/sha256');
  rmSync(join(store, sha256.slice(0, 2), sha256.slice(2)), { force: true });
  const ctr = (...args: string[]) => labExec(fleet.lab.name, ['ctr', '-n', 'k8s.io', ...args]);
  await ctr('images', 'rm', '--sync', image);
  await run('sync');
}

interface Cell {
  readonly name: string;
  readonly pod: PodTemplate;
  readonly payload?: Payload;
  readonly isCold: boolean;
}

function cellsOf({ deliveries }: Plan, payloads: readonly Payload[]): Cell[] {
  const delivered = payloads.flatMap((payload) =>
    deliveries.map((delivery) => ({
      ...{ name: `${delivery} ${payload.megabytes} MB`, pod: podOf(payload, delivery), payload },
    })),
  );
  const warm = [{ name: 'plain', pod: podOf(undefined, '') }, ...delivered];
  return [
    ...warm.map((cell) => ({ ...cell, isCold: false })),
    ...delivered.map((cell) => ({ ...cell, name: `${cell.name} cold`, isCold: true })),
  ];
}

async function measure(fleet: Fleet, cells: readonly Cell[], n: number) {
  const samples = new Map<string, number[]>();
  const start = async ({ name, pod }: Cell): Promise<number> => {
    const sequence = [{ name, pod: pod as unknown as Record<string, unknown> }];
    const [times] = Object.values(await measureStartTimes({ client: fleet.client, namespace, sequence }));
    return times?.samples[0] ?? Number.NaN;
  };
  for (const cell of cells.filter(({ isCold }) => !isCold)) await start(cell);
  for (let round = 0; round < n; round++) {
    const turn = cells.filter(({ isCold }) => !isCold || round % 5 === 0);
    // Warm ones first: a cold one leaves the node with what it fetched, and the next of its size as it should be.
    for (const cell of round % 2 === 0 ? turn : turn.toReversed()) {
      if (cell.isCold && cell.payload) await forget(fleet, cell.payload);
      samples.set(cell.name, [...(samples.get(cell.name) ?? []), await start(cell)]);
      // What forgot the payload forgot it for the others too.
      if (cell.isCold) for (const other of cells) if (isWarmSibling(other, cell)) await start(other);
    }
  }
  return samples;
}

const isWarmSibling = (other: Cell, { payload, name }: Cell): boolean =>
  !other.isCold && other.payload === payload && !name.startsWith(other.name);

function report(samples: ReadonlyMap<string, readonly number[]>): Record<string, unknown> {
  const rows = [...samples].flatMap(([name, taken]) => taken.map((ms, index) => `${name},${index},${ms}`));
  mkdirSync(join(here, 'results'), { recursive: true });
  writeFileSync(join(here, 'results', 'deliveries.csv'), `${['cell,sample,ms', ...rows].join('\n')}\n`);
  return { startMs: Object.fromEntries([...samples].map(([name, taken]) => [name, summarise(taken)])) };
}

/** Starts pods by each delivery, cold and warm; every sample is in `results/deliveries.csv`. */
async function measureDeliveries(plan: Plan): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), 'gofleet-bench-deliveries-'));
  const fleet = await startFleet('bench-deliveries');
  try {
    const registry = await startRegistryInLab(fleet);
    await fleet.client.create('/api/v1/namespaces', { metadata: { name: namespace } });
    await fleet.client.create(`/api/v1/namespaces/${namespace}/secrets`, registry.login);
    const payloads: Payload[] = [];
    for (const megabytes of plan.sizes) payloads.push(await makePayload(fleet, registry, megabytes, dir));
    return report(await measure(fleet, cellsOf(plan, payloads), plan.n));
  } finally {
    await fleet.end();
    rmSync(dir, { recursive: true });
  }
}

export const bench: Bench = {
  question:
    'what does a pod pay, from its creation to the first output of its program, for each delivery, size of program, cold and warm?',
  run: () => measureDeliveries(everything),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { deliveries: { type: 'string' }, sizes: { type: 'string' }, n: { type: 'string' } },
  });
  const plan = {
    deliveries: values.deliveries?.split(',') ?? everything.deliveries,
    sizes: values.sizes?.split(',').map(Number) ?? everything.sizes,
    n: Number(values.n ?? everything.n),
  };
  console.log(JSON.stringify(await measureDeliveries(plan), null, 2));
}
