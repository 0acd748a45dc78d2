import { readdir } from 'node:fs/promises';
import { findLeftovers } from './clean.ts';
import type { Health } from './health.ts';
import { readJson } from './json-file.ts';
import { clusterDir, clustersDir } from './paths.ts';
import { labFiles } from './plan.ts';
import { isAlive } from './process-ref.ts';
import { type LabState, readState } from './state.ts';

/** How a lab is. */
export interface LabStatus {
  name: string;
  /** `running`: ready and its processes are there; `stopped`: nothing of it is on this machine; `broken`: anything else. */
  state: 'running' | 'stopped' | 'broken';
  /** What is wrong with a broken one. */
  reason?: string;
  lab?: LabState;
  health?: Health;
}

/** How the lab of that name is. */
export async function labStatus(name: string): Promise<LabStatus> {
  const lab = await readState(name);
  const health = await readJson<Health>(labFiles(clusterDir(name)).health);
  const known = { name, ...(lab && { lab }), ...(health && { health }) };
  if (!lab && findLeftovers(name).length === 0) return { ...known, state: 'stopped' };
  const reason = whatIsWrong(lab, health);
  return reason === undefined ? { ...known, state: 'running' } : { ...known, state: 'broken', reason };
}

function whatIsWrong(lab: LabState | undefined, health: Health | undefined): string | undefined {
  if (!lab) return 'no state file';
  if (!isAlive(lab.processes.launcher) || !isAlive(lab.processes.init)) return 'its processes have ended';
  if (!isAlive(lab.processes.relay)) return 'its relay has ended';
  if (health?.phase === 'starting') return 'it has not finished starting';
  if (health?.phase !== 'ready') return health?.reason ?? 'it did not start';
  const down = health.components.filter(({ pid }) => pid === 0).map((component) => component.name);
  return down.length > 0 ? `not running: ${down.join(', ')}` : undefined;
}

/** The names of the labs that have a folder on this machine. */
export async function labList(): Promise<string[]> {
  const entries = await readdir(clustersDir(), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
