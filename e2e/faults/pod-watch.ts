import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { podsPath } from './workloads.ts';

export interface Pod extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly deletionGracePeriodSeconds?: number };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly containerID?: string }[];
  };
}

export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;

const pollMs = 500;

/** How long pods took to become ready, and to go, at most. */
export class PodWatch {
  readonly #client: KubeClient;
  readonly #ready = new Set<string>();
  readonly #seen = new Set<string>();
  #longestStartMs = 0;
  #longestEndMs = 0;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Looks until the signal; while the API server cannot be asked, time goes on. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pods = await this.#client.list<Pod>(podsPath).catch(() => undefined);
      for (const pod of pods?.items ?? []) this.#look(pod);
      await sleep(pollMs);
    }
  }

  figures() {
    const seconds = (ms: number): number => Math.round(ms / 100) / 10;
    return {
      pods: this.#seen.size,
      longestStartS: seconds(this.#longestStartMs),
      longestEndS: seconds(this.#longestEndMs),
    };
  }

  #look(pod: Pod): void {
    const { uid = '', creationTimestamp = '', deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
    this.#seen.add(uid);
    if (deletionTimestamp !== undefined) {
      const beganAt = Date.parse(deletionTimestamp) - (deletionGracePeriodSeconds ?? 0) * 1000;
      this.#longestEndMs = Math.max(this.#longestEndMs, Date.now() - beganAt);
    } else if (!this.#ready.has(uid)) {
      this.#longestStartMs = Math.max(this.#longestStartMs, Date.now() - Date.parse(creationTimestamp));
      if (isReady(pod)) this.#ready.add(uid);
    }
  }
}
