import { errorToJson, isGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { type GoBuild, isDue, isOpen } from '@gofleet/inject/builds';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { createWorkQueue } from '@gofleet/kube/work-queue';

interface PodTemplate extends KubeObject {
  readonly template: KubeObject;
}

interface Job extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

export interface WorkerJobsOptions {
  readonly client: Pick<KubeClient, 'get' | 'list' | 'create' | 'delete'>;
  readonly builds: ReadonlyMap<string, GoBuild>;
  /** Worker pods at a time. */
  readonly max: number;
  readonly log: Log;
}

const { namespace, workerTemplate } = inCluster;
const jobsPath = `/apis/batch/v1/namespaces/${namespace}/jobs`;
const lookEveryMs = 5000;
const batchMs = 200;
/** A Job that failed keeps its place so long: what makes workers fail should not be tried in a tight loop. */
const failedKeepsMs = 60_000;
const labelSelector = 'app.kubernetes.io/name=gofleet-worker';

/** Builds that a worker should be there for: those that may begin, and those that somebody works on. */
export function countDemand(builds: Iterable<GoBuild>, now: Date): number {
  return [...builds].filter(
    (build) => isOpen(build) && (build.status?.claim !== undefined || isDue(build, now)),
  ).length;
}

/** Which of the Jobs are over, and how many more are needed. */
export function planJobs(
  jobs: readonly Job[],
  { demand, max, now }: { readonly demand: number; readonly max: number; readonly now: Date },
): { readonly remove: readonly string[]; readonly create: readonly string[] } {
  const ended = (job: Job, type: string) =>
    job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
  const isOver = (job: Job): boolean => {
    const failed = ended(job, 'Failed');
    const failedMs = failed && now.getTime() - Date.parse(failed.lastTransitionTime ?? '');
    return ended(job, 'Complete') !== undefined || (failedMs !== undefined && failedMs >= failedKeepsMs);
  };
  const names = new Set(jobs.map(({ metadata }) => metadata.name));
  const lasting = jobs.filter((job) => !isOver(job)).length;
  const free = Array.from({ length: max }, (_, slot) => `gofleet-worker-${slot}`).filter(
    (name) => !names.has(name),
  );
  return {
    remove: jobs.filter(isOver).map(({ metadata }) => metadata.name),
    create: free.slice(0, Math.max(0, Math.min(max, demand) - lasting)),
  };
}

/** The Job of one worker: owned by the template, so that both go together. */
export function renderJob(name: string, { metadata, template }: PodTemplate): Record<string, unknown> {
  const owner = { apiVersion: 'v1', kind: 'PodTemplate', name: metadata.name, uid: metadata.uid };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels: template.metadata.labels, ownerReferences: [owner] },
    spec: { backoffLimit: 6, template },
  };
}

/** Keeps as many workers as there are builds, up to a number; they end by themselves when nothing is to do. */
export class WorkerJobs {
  readonly #options: WorkerJobsOptions;
  readonly #queue = createWorkQueue({
    work: () => this.#look(),
    onError: (_key, error, nextInMs) =>
      this.#options.log('warn', 'worker Jobs cannot be kept', { error: errorToJson(error), nextInMs }),
    maxDelayMs: 10_000,
  });

  constructor(options: WorkerJobsOptions) {
    this.#options = options;
  }

  /** A GoBuild came, changed or went. */
  changed(): void {
    this.#queue.addAfter('jobs', batchMs);
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #look(): Promise<number | undefined> {
    const { client, builds, max, log } = this.#options;
    const now = new Date();
    const isAnyOpen = [...builds.values()].some(isOpen);
    const demand = countDemand(builds.values(), now);
    const { items } = await client.list<Job>(jobsPath, { labelSelector });
    const { remove, create } = planJobs(items, { demand, max, now });
    for (const name of remove)
      await unless(
        'kube.not-found',
        client.delete(`${jobsPath}/${name}`, { propagationPolicy: 'Background' }),
      );
    if (create.length > 0) {
      const template = await client.get<PodTemplate>(
        `/api/v1/namespaces/${namespace}/podtemplates/${workerTemplate}`,
      );
      // One of that name may still be on its way out: its place is free soon.
      for (const name of create)
        await unless('kube.already-exists', client.create(jobsPath, renderJob(name, template)));
      log('info', 'started workers', { workers: create, demand });
    }
    return isAnyOpen || items.length > 0 ? lookEveryMs : undefined;
  }
}

async function unless(code: string, asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== code) throw thrown;
  }
}
