import { join } from 'node:path';
import { cleanLab, findLeftovers } from './clean.ts';
import { withLock } from './lock.ts';
import { clusterDir, locksDir } from './paths.ts';

export { ensureKustomizer } from './ensure-kustomizer.ts';
export { ensureKwok } from './ensure-kwok.ts';
export { type ExecOptions, labExec, labKubectl, labLoad } from './exec.ts';
export { labLogs } from './logs.ts';
export { labProgram } from './programs.ts';
export type { LabProgress } from './progress.ts';
export type { KubernetesLine } from './releases.ts';
export type { LabState } from './state.ts';
export { type LabStatus, labList, labStatus } from './status.ts';
export { labTrustRegistry } from './trust-registry.ts';
export { type LabOptions, labUp } from './up.ts';

/**
 * Ends a lab and removes all of it: processes, mounts, network, cgroups, folder. Answers what there was; doing it again
 * answers nothing.
 *
 * @throws GofleetError `lab.not-cleaned`, `lab.bad-name`
 */
export async function labDown(name: string): Promise<{ cleaned: string[] }> {
  clusterDir(name);
  return withLock(join(locksDir(), `lab-${name}`), async () => ({ cleaned: await cleanLab(name) }));
}

/** What of a lab is on this machine: processes, mounts, cgroups, folder. Empty after `labDown`. */
export async function labLeftovers(name: string): Promise<string[]> {
  return findLeftovers(name);
}
