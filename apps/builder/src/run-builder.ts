import { join } from 'node:path';
import { errorToJson } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { ArtefactStore, ExecutableReader } from '@gofleet/build/ports';
import { goRuntimeApi } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';
import { createReflector } from '@gofleet/kube/reflector';
import { relink } from '@gofleet/process/relink';
import type { Platform } from '@gofleet/resolve/platform';
import { serveArtefacts } from './artefact-server.ts';
import { BuildQueue, type Relink } from './build-queue.ts';
import { type Runtime, RuntimeKeeper } from './runtime-keeper.ts';
import { findWholeGo } from './whole-go.ts';

/** What the builder role needs. */
export interface BuilderOptions extends Platform {
  readonly client: KubeClient;
  readonly listenPort: number;
  /** Outlives the process: caches of the `go` command; the store lies beside them. */
  readonly dir: string;
  readonly store: ArtefactStore;
  readonly files: ExecutableReader;
  /** A `go` program, links resolved, and its release. */
  readonly go: { readonly path: string; readonly goVersion: string };
  /** GOPROXY, GOSUMDB and the like. */
  readonly moduleEnv: Readonly<Record<string, string>>;
  readonly resolve: (constraint: string, signal: AbortSignal) => Promise<{ readonly goVersion: string }>;
  /** Relinks at a time. */
  readonly concurrency: number;
  readonly log: Log;
  /** Ends the role, and what it is building. */
  readonly signal: AbortSignal;
}

/** Relinks with a `go` that is made whole before it is first used. */
function createRelink(options: BuilderOptions): Relink {
  const { dir, store, files, moduleEnv: env, signal, os, arch } = options;
  const dirs = {
    modCache: join(dir, 'modules'),
    buildCache: join(dir, 'build-cache'),
    work: join(dir, 'work'),
  };
  const { path, goVersion: own } = options.go;
  let whole: Promise<string> | undefined;
  return async (original, { goVersion, minimumGrade }, onProgress) => {
    whole ??= findWholeGo({ go: path, goVersion: own, dirs, env, signal, os, arch });
    // A failure to fetch it is not kept.
    whole.catch(() => {
      whole = undefined;
    });
    return await relink({
      ...{ original, goVersion, minimumGrade, store, files, dirs, env, signal, go: await whole, cgo: true },
      onProgress: ({ phase, step, message }) => message === undefined && onProgress(phase, step),
    });
  };
}

function watchRuntimes(options: BuilderOptions) {
  const { client, concurrency, log, signal } = options;
  const runtimes = createReflector<Runtime>({
    client,
    path: `/apis/${goRuntimeApi.group}/${goRuntimeApi.version}/${goRuntimeApi.plural}`,
    onError: (error, nextInMs) =>
      log('warn', 'watching GoRuntimes failed', { error: errorToJson(error), nextInMs }),
    onChange: (change, runtime) => {
      const needsNothing = change === 'deleted' || runtime.spec.mode === 'godebug';
      return needsNothing ? keeper.removed(runtime) : keeper.changed(runtime);
    },
  });
  const builds = new BuildQueue({
    relink: createRelink(options),
    concurrency,
    onChange: (key) => keeper.buildChanged(key),
    log,
  });
  const keeper = new RuntimeKeeper({
    client,
    runtimes: runtimes.store,
    builds,
    resolve: (constraint) => options.resolve(constraint, signal),
    log,
  });
  runtimes.start();
  const stop = async () => {
    runtimes.stop();
    await Promise.all([builds.stop(), keeper.stop()]);
  };
  return { synced: runtimes.synced, builds, stop };
}

/**
 * Runs the builder role until the signal: resolves and relinks what GoRuntimes wish for, and serves the artefacts.
 * @throws what listening on the port throws
 */
export async function runBuilder(options: BuilderOptions): Promise<void> {
  const { listenPort, store, log, signal } = options;
  const { synced, builds, stop } = watchRuntimes(options);
  const server = await serveArtefacts({
    port: listenPort,
    store,
    onMissing: (artefact) => builds.rebuild(artefact),
    log,
  });
  void synced.then(() => log('info', 'ready', { rssBytes: process.memoryUsage.rss() }));
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  server.close();
  await stop();
  server.closeAllConnections();
}
