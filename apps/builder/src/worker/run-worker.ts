import type { Log } from '@gofleet/base/log';
import type { KubeClient } from '@gofleet/kube/client';
import { tellBuilds } from '../build-log.ts';
import { BuildWorker } from './build-worker.ts';
import type { Relink } from './relink.ts';
import { uploadArtefact } from './upload-artefact.ts';
import { watchBuilds } from './watch-builds.ts';

/** What the worker role needs. */
export interface WorkerOptions {
  readonly client: KubeClient;
  /** Names this process, and no other that may live at the same time. */
  readonly name: string;
  /** Where artefacts are handed in, without a slash at its end. */
  readonly builderUrl: string;
  readonly relink: Relink;
  /** Builds at a time. */
  readonly concurrency: number;
  /** After so many seconds without a renewal another may take over. */
  readonly leaseSeconds: number;
  /** Ends the role when there was nothing to do for so long. */
  readonly idleMs: number;
  readonly log: Log;
  /** Ends the role, and gives back what it is building. */
  readonly signal: AbortSignal;
}

/** Runs the worker role: makes GoBuilds until the signal, or until there are none. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { client, builderUrl, idleMs, signal } = options;
  const log = tellBuilds(options.log, (name) => builds.store.get(name));
  const builds = watchBuilds(client, log, (change, build) => worker.changed(change, build));
  const worker = new BuildWorker({
    ...options,
    log,
    builds: builds.store,
    handIn: (artefact, abort) => uploadArtefact(builderUrl, artefact, abort),
  });
  builds.start();
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  await Promise.race([builds.synced, aborted]);
  log('info', 'ready', { worker: options.name });
  await worker.run(signal, idleMs);
  builds.stop();
  log('info', signal.aborted ? 'stopped' : 'nothing more to build');
}
