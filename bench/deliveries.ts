import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { inCluster } from '@gofleet/inject/in-cluster';
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
import { writeResult } from './write-result.ts';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const namespace = 'starts';

/** What is measured. */
interface Plan {
  readonly deliveries: readonly string[];
  /** Of the payload, in MB. */
  readonly sizes: readonly number[];
  /** Rounds: starts of each cell, as many cold as warm. */
  readonly n: number;
  /** No round begins later than this. */
  readonly minutes: number;
  /** Whether the samples that are kept from before stay, and count. */
  readonly append: boolean;
}

const everything: Plan = {
  ...{ deliveries: ['csi', 'image', 'copy'], sizes: [5, 50, 250] },
  ...{ n: 20, minutes: 60, append: false },
};

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
  const written = (name: string, key: keyof typeof login.data) =>
    writeFileSync(join(dir, name), Buffer.from(login.data[key], 'base64'));
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

async function ctr(fleet: Fleet, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await labExec(fleet.lab.name, ['ctr', '-n', 'k8s.io', ...args]);
  if (code !== 0) throw new Error(`ctr ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Takes from the node what earlier starts by this delivery left there. */
async function forget(fleet: Fleet, { sha256, image }: Payload, delivery: string): Promise<void> {
  const store = join(fleet.lab.dir, 'kubelet/plugins', inCluster.csiDriver, 'store/sha256');
  if (delivery === 'csi') return rmSync(join(store, sha256.slice(0, 2), sha256.slice(2)));
  const [, digest = ''] = image.split('@');
  const images = (await ctr(fleet, 'images', 'ls')).split('\n').map((line) => line.split(/\s+/));
  // The runtime has it by its configuration's digest too, and keeps the layer while any name is there.
  const names = images.flatMap(([name = '', , target]) => (target === digest ? [name] : []));
  await ctr(fleet, 'images', 'rm', '--sync', ...names);
  if ((await ctr(fleet, 'content', 'ls', '-q')).includes(digest)) throw new Error(`${image} is still there`);
}

/** A delivery of a payload; without one the program as its image has it. */
interface Cell {
  readonly delivery: string;
  readonly payload?: Payload;
  readonly pod: PodTemplate;
}

function cellsOf({ deliveries }: Plan, payloads: readonly Payload[]): Cell[] {
  const delivered = payloads.flatMap((payload) =>
    deliveries.map((delivery) => ({ delivery, payload, pod: podOf(payload, delivery) })),
  );
  return [{ delivery: 'plain', pod: podOf(undefined, '') }, ...delivered];
}

type State = 'cold' | 'warm';

async function startOnce({ client }: Fleet, { pod }: Cell): Promise<number> {
  const sequence = [{ name: 'start', pod: pod as unknown as Record<string, unknown> }];
  // What was copied and pulled would be written while the next one starts.
  const settle = async (): Promise<void> => void (await run('sync'));
  const { start } = await measureStartTimes({ client, namespace, sequence, settle });
  return start?.samples[0] ?? Number.NaN;
}

const raw = join(here, 'results', 'deliveries.csv');

function keep({ delivery, payload }: Cell, state: State, ms: number): void {
  appendFileSync(raw, `${delivery},${payload?.megabytes ?? ''},${state},${ms}\n`);
}

/**
 * Every cell once a round, cold and then warm: a cold start leaves the node as the warm one wants it. Rounds go to and fro.
 * Ends between two rounds when the time is up.
 */
async function measure(fleet: Fleet, cells: readonly Cell[], { n, minutes }: Plan): Promise<void> {
  const deadline = performance.now() + minutes * 60_000;
  // The first ones pull and fetch, so that there is something to forget.
  for (const cell of cells) await startOnce(fleet, cell);
  for (let round = 0; round < n && performance.now() < deadline; round++) {
    for (const cell of round % 2 === 0 ? cells : cells.toReversed()) {
      if (cell.payload) {
        await forget(fleet, cell.payload, cell.delivery);
        keep(cell, 'cold', await startOnce(fleet, cell));
      }
      keep(cell, 'warm', await startOnce(fleet, cell));
    }
    console.error(`round ${round + 1} of ${n}`);
  }
}

/** Summaries of all samples that are kept, and what each cell costs besides the plain start. */
function report(): Record<string, unknown> {
  const rows = readFileSync(raw, 'utf8').trim().split('\n').slice(1);
  const samples = Map.groupBy(
    rows.map((row) => row.split(',')),
    ([delivery, megabytes, state]) => (megabytes ? `${delivery} ${megabytes} MB ${state}` : `${delivery}`),
  );
  const startMs = Object.fromEntries(
    [...samples].map(([name, taken]) => [name, summarise(taken.map((row) => Number(row[3])))]),
  );
  const { plain, ...others } = startMs;
  const added = Object.entries(others).map(([name, { median }]) => [
    name,
    tenth(median - (plain?.median ?? 0)),
  ]);
  return { startMs, addedMedianMs: Object.fromEntries(added), loadAverage: loadavg()[2] };
}

const tenth = (ms: number): number => Math.round(ms * 10) / 10;

/** Starts pods by each delivery, cold and warm; every sample is in `results/deliveries.csv` as soon as it is taken. */
async function measureDeliveries(plan: Plan): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), 'gofleet-bench-deliveries-'));
  const fleet = await startFleet('bench-deliveries');
  try {
    const registry = await startRegistryInLab(fleet);
    await fleet.client.create('/api/v1/namespaces', { metadata: { name: namespace } });
    await fleet.client.create(`/api/v1/namespaces/${namespace}/secrets`, registry.login);
    const payloads: Payload[] = [];
    for (const megabytes of plan.sizes) payloads.push(await makePayload(fleet, registry, megabytes, dir));
    if (!plan.append || !existsSync(raw)) writeFileSync(raw, 'delivery,megabytes,state,ms\n');
    await measure(fleet, cellsOf(plan, payloads), plan);
    return report();
  } finally {
    await fleet.end();
    rmSync(dir, { recursive: true });
  }
}

export const bench: Bench = {
  question:
    'what does a pod pay, from its creation to the first output of its program, for each delivery and size of program, cold (nothing on the node) and warm?',
  run: () => measureDeliveries(everything),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      deliveries: { type: 'string' },
      sizes: { type: 'string' },
      n: { type: 'string' },
      minutes: { type: 'string' },
      append: { type: 'boolean' },
    },
  });
  const figures = await measureDeliveries({
    deliveries: values.deliveries?.split(',') ?? everything.deliveries,
    sizes: values.sizes?.split(',').map(Number) ?? everything.sizes,
    n: Number(values.n ?? everything.n),
    minutes: Number(values.minutes ?? everything.minutes),
    append: values.append ?? false,
  });
  writeResult({ name: 'deliveries', question: bench.question, figures });
}
