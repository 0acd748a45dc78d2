import { readJson, writeJson } from './json-file.ts';
import { clusterDir } from './paths.ts';
import { labFiles } from './plan.ts';
import type { ProcessRef } from './process-ref.ts';

/** A lab that has been started, as kept in its folder. */
export interface LabState {
  name: string;
  /** The full version, e.g. `1.36.3`. */
  kubernetes: string;
  /** Path of a kubeconfig for this machine: the API server on a port of loopback, as administrator. */
  kubeconfig: string;
  /** `https://127.0.0.1:PORT`. */
  apiServer: string;
  /** The lab's folder. */
  dir: string;
  nodeName: string;
  /** GOPROXY for pods. */
  moduleMirror: string;
  /** The lab's processes on the host: what holds the namespaces, their first process, the relay. */
  processes: { launcher?: ProcessRef; init?: ProcessRef; relay?: ProcessRef };
  /** The lab's cgroup in every hierarchy. */
  cgroup: string;
  /** The folder that has kubectl and the other Kubernetes programs. */
  kubernetesPrograms: string;
  /** The folder that has ctr. */
  containerdPrograms: string;
}

/** The state of a lab; `undefined` when there is none of that name. */
export async function readState(name: string): Promise<LabState | undefined> {
  return readJson<LabState>(labFiles(clusterDir(name)).state);
}

/** Keeps the state of a lab. */
export async function writeState(state: LabState): Promise<void> {
  await writeJson(labFiles(state.dir).state, state, 0o600);
}
