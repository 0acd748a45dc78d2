import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { addresses, apiServerNames, moduleMirrorUrl } from './addresses.ts';
import { createCgroups, hierarchies } from './cgroups.ts';
import { labSetting } from './clean.ts';
import { kubeconfigOf } from './components.ts';
import type { Health } from './health.ts';
import { createIdentities, type Role, renderTokenFile } from './identities.ts';
import { kubeletSysctls } from './isolate.ts';
import { readJson, writeJson } from './json-file.ts';
import { createMountPoints } from './mount-points.ts';
import { type LabPlan, labFiles } from './plan.ts';
import { childOf, findProcess, isAlive, type ProcessRef } from './process-ref.ts';
import type { LabProgress } from './progress.ts';
import * as render from './render-config.ts';
import { type LabState, writeState } from './state.ts';
import { waitUntil } from './wait-until.ts';

/** Writes everything that a lab's processes read; answers the plan with its tokens. */
export async function writeLabFiles(
  plan: Omit<LabPlan, 'adminToken'>,
): Promise<{ plan: LabPlan; caPem: string }> {
  const files = labFiles(plan.dir);
  const folders = [
    files.pki,
    files.config,
    files.logs,
    files.etcd,
    files.containerd,
    files.kubelet,
    files.podLogs,
  ];
  const more = [
    files.containerLogs,
    files.cni,
    join(files.cni, 'cache'),
    join(files.cni, 'leases'),
    files.sysctl,
  ];
  await mkdir(plan.dir, { recursive: true, mode: 0o755 });
  await Promise.all([...folders, ...more].map((dir) => mkdir(dir, { recursive: true, mode: 0o700 })));
  const identities = createIdentities(plan.nodeName);
  const complete: LabPlan = { ...plan, adminToken: identities.admin.token };
  // Loaded here, for it takes a while and only a start needs it.
  const { writeClusterPki } = await import('./pki.ts');
  const caPem = await writeClusterPki(files.pki, { apiServerNames, now: new Date() });
  const server = `https://${addresses.node}:${addresses.apiPort}`;
  const secret = { mode: 0o600 };
  await Promise.all([
    writeJson(files.plan, complete, 0o600),
    writeFile(join(files.config, 'tokens.csv'), renderTokenFile(identities), secret),
    writeFile(join(files.config, 'containerd.toml'), render.renderContainerdConfig(complete)),
    writeFile(join(files.config, 'kubelet.json'), render.renderKubeletConfig(complete)),
    writeFile(join(files.config, 'Corefile'), render.renderCorefile(kubeconfigOf(complete, 'dns'))),
    writeFile(join(files.config, 'resolv.conf'), `nameserver ${addresses.dnsService}\n`),
    writeFile(join(files.cni, '10-lab.conflist'), render.renderCniConfig(complete)),
    ...Object.entries(kubeletSysctls).map(([name, value]) =>
      writeFile(join(files.sysctl, name.replaceAll('/', '.')), `${value}\n`),
    ),
    ...Object.entries(identities).map(([role, { token }]) =>
      writeFile(
        kubeconfigOf(complete, role as Role),
        render.renderKubeconfig({ name: role, server, caPem, token }),
        secret,
      ),
    ),
  ]);
  return { plan: complete, caPem };
}

// The shell puts itself into the lab's cgroups before there is a namespace, so that this cgroup becomes the namespace's root.
const launch = `while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"`;
// The first process of a PID namespace inherits the orphans; a waiting shell reaps them, node would not.
const init = '"$@" & wait $!';

/** Starts the processes of a lab whose files are written. They outlive this process. */
export async function launchLab(plan: LabPlan, caPem: string): Promise<LabState> {
  const files = labFiles(plan.dir);
  const state: LabState = {
    name: plan.name,
    kubernetes: plan.release.version,
    kubeconfig: files.kubeconfig,
    apiServer: '',
    dir: plan.dir,
    nodeName: plan.nodeName,
    moduleMirror: moduleMirrorUrl,
    processes: {},
    cgroup: plan.cgroup,
    kubernetesPrograms: plan.builds.kubernetes,
    containerdPrograms: plan.builds.containerd,
  };
  await writeState(state);
  await createMountPoints();
  const groups = await createCgroups(plan.cgroup);
  const unshare = [
    'unshare',
    '--net',
    '--mount',
    '--pid',
    '--cgroup',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const supervisor = [process.execPath, entryPoint('supervisor'), files.plan];
  const launcher = spawnDetached(plan, 'supervisor', [
    'sh',
    '-c',
    launch,
    'sh',
    ...groups,
    '--',
    ...unshare,
    'sh',
    '-c',
    init,
    'sh',
    ...supervisor,
  ]);
  const relay = spawnDetached(plan, 'relay', [
    process.execPath,
    entryPoint('relay'),
    files.plan,
    String(launcher.pid),
  ]);
  state.processes = { ...refOf('launcher', launcher), ...refOf('relay', relay) };
  await writeState(state);
  await leaveRootOfUnifiedCgroup(groups, launcher.pid);
  const init1 = await waitUntil(() => childOf(launcher.pid ?? 0), { timeoutMs: 5_000, everyMs: 10 });
  const listening = await waitUntil(() => readJson<{ port: number }>(files.relay), {
    timeoutMs: 10_000,
    everyMs: 20,
  });
  if (!init1 || !listening) throw await startError(plan, 'its first processes did not come up');
  state.processes.init = init1;
  state.apiServer = `https://127.0.0.1:${listening.port}`;
  const kubeconfig = render.renderKubeconfig({
    name: `gofleet-${plan.name}`,
    server: state.apiServer,
    caPem,
    token: plan.adminToken,
  });
  await writeFile(files.kubeconfig, kubeconfig, { mode: 0o600 });
  await writeState(state);
  return state;
}

function refOf(role: string, child: ChildProcess): Record<string, ProcessRef> {
  const ref = child.pid === undefined ? undefined : findProcess(child.pid);
  return ref ? { [role]: ref } : {};
}

function spawnDetached(plan: LabPlan, log: string, argv: string[]): ChildProcess {
  const output = openSync(join(labFiles(plan.dir).logs, `${log}.log`), 'a');
  const [key = '', value = ''] = labSetting(plan.name).split(/=(.*)/s);
  const env = { ...process.env, PATH: plan.path, [key]: value };
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { detached: true, stdio: ['ignore', output, output], env, cwd: '/' });
  child.on('error', () => undefined);
  child.unref();
  return child;
}

// From a bundle, too: there this file is somewhere else, but the package is found by its name.
function entryPoint(name: 'supervisor' | 'relay'): string {
  return createRequire(import.meta.url).resolve(`@gofleet/lab/${name}`);
}

async function leaveRootOfUnifiedCgroup(groups: string[], pid: number | undefined): Promise<void> {
  if (!hierarchies().some((one) => one.mountPoint === '/sys/fs/cgroup' && one.type === 'cgroup2')) return;
  for (const group of groups) {
    await mkdir(join(group, 'launcher'), { recursive: true });
    await writeFile(join(group, 'launcher', 'cgroup.procs'), String(pid)).catch(() => undefined);
  }
}

/**
 * Waits until a launched lab can be used.
 *
 * @throws GofleetError `lab.start-failed` with the reason and the log to read
 */
export async function awaitReady(
  plan: LabPlan,
  state: LabState,
  options: { onProgress?: ((event: LabProgress) => void) | undefined; signal?: AbortSignal | undefined },
): Promise<void> {
  const step = `start lab ${plan.name} (Kubernetes ${plan.release.version})`;
  let told = 0;
  const tell = (health: Health | undefined): void => {
    for (const reached of health?.steps.slice(told) ?? [])
      options.onProgress?.({ step, message: `${reached.step} is up` });
    told = health?.steps.length ?? told;
  };
  const health = await waitUntil(
    async () => {
      const now = await readJson<Health>(labFiles(plan.dir).health);
      tell(now);
      if (!isAlive(state.processes.launcher))
        return now ?? { phase: 'failed' as const, steps: [], components: [] };
      return now !== undefined && now.phase !== 'starting' && now;
    },
    { timeoutMs: 180_000, everyMs: 50, signal: options.signal },
  );
  if (health?.phase !== 'ready') throw await startError(plan, health?.reason ?? 'its processes ended');
}

async function startError(plan: LabPlan, reason: string): Promise<GofleetError> {
  const log = await readFile(join(labFiles(plan.dir).logs, 'supervisor.log'), 'utf8').catch(() => '');
  const said = log.trim().split('\n').slice(-5).join('\n');
  return new GofleetError(
    'lab.start-failed',
    `lab ${plan.name}: expected it to start, found: ${reason}${said ? `\n${said}` : ''}`,
    {
      facts: { name: plan.name, dir: plan.dir },
      retry: 'later',
      hint: `read the logs in ${labFiles(plan.dir).logs}, then: gofleet lab down --name ${plan.name}`,
    },
  );
}
