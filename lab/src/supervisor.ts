import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { addresses } from './addresses.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { hierarchies } from './cgroups.ts';
import { clusterObjects } from './cluster-objects.ts';
import * as components from './components.ts';
import type { Health } from './health.ts';
import { renderMountScript, renderNetworkScript } from './isolate.ts';
import { writeJson } from './json-file.ts';
import { relayTo } from './pipe-sockets.ts';
import { containerdSocket, type LabPlan, labFiles } from './plan.ts';
import { answersAt, createDnsCheck, isNodeReady } from './readiness.ts';
import { runChecked } from './run-program.ts';
import { createKeeper, type Keeper } from './supervised.ts';
import { waitUntil } from './wait-until.ts';

/** Runs inside the lab's namespaces: sets them up, starts every component, says when the cluster can be used. */
class Supervisor {
  readonly #plan: LabPlan;
  readonly #files: ReturnType<typeof labFiles>;
  readonly #health: Health = { phase: 'starting', steps: [], components: [] };
  readonly #keeper: Keeper;
  readonly #api: ApiClient;
  #writing: Promise<void> = Promise.resolve();

  constructor(plan: LabPlan) {
    this.#plan = plan;
    this.#files = labFiles(plan.dir);
    const env = { ...process.env, PATH: `${plan.builds.containerd}:${plan.path}`, HOME: '/root' };
    this.#keeper = createKeeper({ logs: this.#files.logs, env, onChange: () => this.#write() });
    const caPem = readFileSync(join(this.#files.pki, 'ca.crt'), 'utf8');
    this.#api = createApiClient({
      host: addresses.node,
      port: addresses.apiPort,
      token: plan.adminToken,
      caPem,
    });
  }

  async run(): Promise<void> {
    try {
      await this.#start();
      this.#health.phase = 'ready';
    } catch (error) {
      this.#health.phase = 'failed';
      this.#health.reason = error instanceof Error ? error.message : String(error);
    }
    this.#write();
  }

  async #start(): Promise<void> {
    const plan = this.#plan;
    this.#shell(renderMountScript(plan, hierarchies()));
    this.#shell(renderNetworkScript());
    this.#reached('namespaces');
    this.#keeper.start(components.etcd(plan));
    this.#keeper.start(components.containerd(plan));
    await this.#relays();
    await this.#until('etcd', () => answersAt('127.0.0.1', 2379));
    this.#keeper.start(components.apiServer(plan));
    const images = this.#loadPause();
    images.catch(() => undefined);
    await this.#until('API server', async () => (await this.#api.get('/readyz')).status === 200);
    await Promise.all([this.#startNode(), this.#createObjects(), images]);
    await this.#waitForUse();
  }

  async #startNode(): Promise<void> {
    const plan = this.#plan;
    await this.#until('container runtime', () => existsSync(containerdSocket));
    this.#keeper.start(components.controllerManager(plan));
    this.#keeper.start(components.kubelet(plan));
    this.#keeper.start(components.proxy(plan));
    this.#keeper.start(components.scheduler(plan));
    this.#keeper.start(components.coreDns(plan));
  }

  async #loadPause(): Promise<void> {
    await this.#until('container runtime', () => existsSync(containerdSocket));
    const { containerd, pause } = this.#plan.builds;
    const argv = [join(containerd, 'ctr'), '-n', 'k8s.io', 'images', 'import', join(pause, 'pause.tar')];
    await runChecked(argv);
    this.#reached('pause image');
  }

  async #createObjects(): Promise<void> {
    for (const { path, object } of clusterObjects(this.#plan.release)) {
      await this.#until(`${object.kind}`, async () =>
        [201, 409].includes((await this.#api.post(path, object)).status),
      );
    }
  }

  /** Ready to use: a node that takes pods, Services that answer, names that resolve, an account for pods to run as. */
  async #waitForUse(): Promise<void> {
    await Promise.all([
      this.#until('node', async () =>
        isNodeReady((await this.#api.get(`/api/v1/nodes/${this.#plan.nodeName}`)).body),
      ),
      this.#until('services', () => answersAt(addresses.kubernetesService, 443)),
      this.#until('default account', async () => {
        return (await this.#api.get('/api/v1/namespaces/default/serviceaccounts/default')).status === 200;
      }),
      this.#until('DNS', createDnsCheck()),
    ]);
  }

  /** The two ways in and out: sockets in the lab's folder are the same file in every network. */
  async #relays(): Promise<void> {
    const { apiSocket, mirrorSocket } = this.#files;
    const { node, apiPort, mirrorPort } = addresses;
    await Promise.all([
      relayTo(
        () => createConnection(apiPort, node),
        (server, done) => server.listen(apiSocket, done),
      ),
      relayTo(
        () => createConnection(mirrorSocket),
        (server, done) => server.listen(mirrorPort, node, done),
      ),
    ]);
  }

  async #until(step: string, ask: () => Promise<boolean> | boolean): Promise<void> {
    const reached = await waitUntil(ask, { timeoutMs: 120_000, everyMs: 50 });
    if (!reached) throw new Error(`${step}: expected it to answer within 120 s, found that it does not`);
    this.#reached(step);
  }

  #reached(step: string): void {
    if (this.#health.steps.some((one) => one.step === step)) return;
    this.#health.steps.push({ step, atMs: Math.round(performance.now()) });
    this.#write();
  }

  #write(): void {
    this.#health.components = this.#keeper.state();
    const { health } = this.#files;
    this.#writing = this.#writing.then(() => writeJson(health, this.#health)).catch(() => undefined);
  }

  #shell(script: string): void {
    execFileSync('sh', ['-c', script], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH: this.#plan.path },
    });
  }
}

const [planPath = ''] = process.argv.slice(2);
await new Supervisor(JSON.parse(readFileSync(planPath, 'utf8')) as LabPlan).run();
