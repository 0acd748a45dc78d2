import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { createApiClient } from './api-client.ts';
import { awaitReady } from './await-ready.ts';
import { type BuildOptions, ensureBuilt } from './build.ts';
import { cleanLab } from './clean.ts';
import { readJson } from './json-file.ts';
import { launchLab } from './launch.ts';
import { withLock } from './lock.ts';
import { cgroupName, clusterDir, locksDir } from './paths.ts';
import { type LabPlan, labFiles, pauseImage } from './plan.ts';
import { isAlive } from './process-ref.ts';
import { ensurePrograms, findCniDir, findProgram, labPath } from './programs.ts';
import type { LabProgress } from './progress.ts';
import { containerdRecipe, coreDnsRecipe, kubernetesRecipe, pauseRecipe } from './recipe.ts';
import { type KubernetesLine, releases } from './releases.ts';
import type { LabState } from './state.ts';
import { type LabStatus, labStatus } from './status.ts';
import { waitUntil } from './wait-until.ts';
import { writeLabFiles } from './write-files.ts';

/** Which lab to start, and how to tell about it. */
export interface LabOptions {
  name: string;
  kubernetes: KubernetesLine;
  onProgress?: (event: LabProgress) => void;
  signal?: AbortSignal;
}

/**
 * Starts a lab, or finds it running; what an earlier run left behind is removed first. Programs are built when no build
 * of their recipe is there. Answers when pods can be created, Services answer and names resolve.
 *
 * @throws GofleetError `lab.not-root`, `lab.missing-program`, `lab.program-failed`, `lab.name-taken`, `lab.start-failed`,
 * `lab.interrupted`
 */
export async function labUp(options: LabOptions): Promise<LabState> {
  try {
    return await bringUp(options);
  } catch (cause) {
    if (!options.signal?.aborted) throw cause;
    throw new GofleetError(
      'lab.interrupted',
      `lab ${options.name}: expected to be left to start, was interrupted`,
      {
        facts: { name: options.name },
        retry: 'later',
        hint: `nothing is left running; what was compiled is kept: gofleet lab up --name ${options.name}`,
        cause,
      },
    );
  }
}

async function bringUp(options: LabOptions): Promise<LabState> {
  const { name, onProgress, signal } = options;
  const release = releases[options.kubernetes];
  const dir = clusterDir(name);
  // Before anything is built for a name that another release has.
  const known = await findRunning(name, release.version);
  if (known) return known;
  await ensurePrograms(onProgress);
  const builds = await buildAll(options);
  return withLock(
    join(locksDir(), `lab-${name}`),
    async () => {
      const running = await findRunning(name, release.version);
      if (running) return running;
      onProgress?.({ step: `start lab ${name} (Kubernetes ${release.version})` });
      await cleanLab(name);
      return start(
        {
          name,
          release,
          dir,
          cgroup: cgroupName(name),
          nodeName: `${name}-node`,
          builds,
          ...machine(builds.containerd),
        },
        options,
      );
    },
    {
      signal,
      onWait: (holder) =>
        onProgress?.({ step: `wait for process ${holder.pid}, which works on lab ${name}` }),
    },
  );
}

function machine(containerdDir: string): Pick<LabPlan, 'programs' | 'path'> {
  const programs = {
    etcd: findProgram('etcd') ?? '',
    runc: findProgram('runc') ?? '',
    cniDir: findCniDir() ?? '',
  };
  return { programs, path: labPath(containerdDir) };
}

async function findRunning(name: string, version: string): Promise<LabState | undefined> {
  const found = await settledStatus(name);
  const state = found.lab;
  if (found.state !== 'running' || !state || !(await answers(state))) return undefined;
  if (state.kubernetes === version) return state;
  throw new GofleetError(
    'lab.name-taken',
    `lab ${name}: expected Kubernetes ${version}, found it running ${state.kubernetes}`,
    {
      facts: { name, expected: version, found: state.kubernetes },
      hint: `gofleet lab down --name ${name}, or choose another name`,
    },
  );
}

// A component that has just ended is being started again: not a reason to start all over.
async function settledStatus(name: string): Promise<LabStatus> {
  let found = await labStatus(name);
  if (found.state !== 'broken' || found.health?.phase !== 'ready' || !isAlive(found.lab?.processes.init))
    return found;
  await waitUntil(
    async () => {
      found = await labStatus(name);
      return found.state === 'running';
    },
    { timeoutMs: 5_000, everyMs: 200 },
  );
  return found;
}

// Processes that are there may be on their way out, or stuck.
async function answers(state: LabState): Promise<boolean> {
  const plan = await readJson<LabPlan>(labFiles(state.dir).plan);
  if (!plan) return false;
  const caPem = await readFile(join(labFiles(state.dir).pki, 'ca.crt'), 'utf8');
  const { hostname, port } = new URL(state.apiServer);
  const api = createApiClient({ host: hostname, port: Number(port), token: plan.adminToken, caPem });
  return (await api.get('/readyz')).status === 200;
}

async function start(planned: Omit<LabPlan, 'adminToken'>, options: LabOptions): Promise<LabState> {
  try {
    const { plan, caPem } = await writeLabFiles(planned);
    const state = await launchLab(plan, caPem);
    await awaitReady(plan, state, options);
    return state;
  } catch (error) {
    // A failed start stays for its logs to be read; an interrupted one has nothing to say.
    if (options.signal?.aborted) await cleanLab(planned.name);
    throw error;
  }
}

async function buildAll(options: BuildOptions & { kubernetes: KubernetesLine }): Promise<LabPlan['builds']> {
  const release = releases[options.kubernetes];
  const pause = await ensureBuilt(pauseRecipe(), options);
  const containerd = await ensureBuilt(containerdRecipe(release), options);
  const coredns = await ensureBuilt(coreDnsRecipe(release), options);
  const kubernetes = await ensureBuilt(kubernetesRecipe(release), options);
  const tar = join(pause, 'pause.tar');
  if (!existsSync(tar)) {
    const files = [{ path: '/pause', source: join(pause, 'pause'), mode: 0o755 }];
    await packDockerArchive({ repoTag: pauseImage, entrypoint: ['/pause'], user: '65535:65535', files }, tar);
  }
  return { kubernetes, containerd, coredns, pause };
}
