import { join } from 'node:path';
import type { Release } from './releases.ts';

/** Everything that the processes of one lab have to know; kept as `plan.json` in the lab's folder. */
export interface LabPlan {
  name: string;
  release: Release;
  nodeName: string;
  dir: string;
  cgroup: string;
  /** Folders of built programs. */
  builds: { kubernetes: string; containerd: string; coredns: string; pause: string };
  programs: { etcd: string; runc: string; cniDir: string };
  /** PATH of the lab's processes. */
  path: string;
  /** Token of the administrator: group system:masters. */
  adminToken: string;
}

/** Name of the pause image. */
export const pauseImage = 'gofleet.dev/lab/pause:1';

/** The files and folders of a lab, by what they are for. */
export function labFiles(dir: string) {
  const at = (...parts: string[]) => join(dir, ...parts);
  return {
    plan: at('plan.json'),
    state: at('state.json'),
    /** Written by the supervisor: how far the start is. */
    health: at('health.json'),
    /** Written by the relay: the port it listens on. */
    relay: at('relay.json'),
    kubeconfig: at('kubeconfig'),
    apiSocket: at('api.sock'),
    mirrorSocket: at('mirror.sock'),
    /** Laid out as a GOPROXY: modules that pods find before those of this machine's GOPROXY. */
    modules: at('modules'),
    pki: at('pki'),
    config: at('config'),
    /** `HOST:PORT/hosts.toml`: how containerd reaches a registry. */
    registries: at('config', 'registries'),
    logs: at('logs'),
    etcd: at('etcd'),
    containerd: at('containerd'),
    kubelet: at('kubelet'),
    podLogs: at('logs', 'pods'),
    containerLogs: at('logs', 'containers'),
    cni: at('cni'),
    sysctl: at('sysctl'),
  } as const;
}

/** The socket of containerd, in the lab's own /run. */
export const containerdSocket = '/run/containerd/containerd.sock';
