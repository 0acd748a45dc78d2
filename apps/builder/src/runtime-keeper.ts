import { isDeepStrictEqual } from 'node:util';
import { errorToJson, type GofleetError, isGofleetError } from '@gofleet/base/errors';
import { exactGoVersion, parseGoConstraint } from '@gofleet/base/go-constraint';
import type { Log } from '@gofleet/base/log';
import { binariesToRelink, type GoBuild, type GoBuildSpec, planBuilds } from '@gofleet/inject/builds';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { askedOf, describeMismatch, isOfWish, pinnedDigest } from '@gofleet/inject/pinned-release';
import type { Resolution } from '@gofleet/inject/runtime-status';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import { type KubeObject, keyOf } from '@gofleet/kube/kube-object';
import { createWorkQueue } from '@gofleet/kube/work-queue';
import { RecipeBook } from './queue/recipe-book.ts';
import { renderBuilderStatus } from './render-status.ts';

export type Runtime = GoRuntime & KubeObject;

export interface RuntimeKeeperOptions {
  readonly client: Pick<KubeClient, 'patch'>;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  /** Every GoBuild, by name. */
  readonly builds: ReadonlyMap<string, GoBuild>;
  /** Told that other builds may be wanted than before. */
  readonly onDemand: () => void;
  /** The exact release that a version or constraint means, `go1.26.8`. */
  readonly resolve: (constraint: string) => Promise<{ readonly goVersion: string }>;
  readonly digestsOf: DigestsOf;
  readonly log: Log;
}

/** The `h1:` hashes that the checksum database has of a release's module, for the platform that is built on; none when it has none. */
export type DigestsOf = (goVersion: string) => Promise<readonly string[]>;

const fieldManager = 'gofleet-builder';
/** New releases come out; a constraint may mean another one then. */
const resolveEveryMs = 3_600_000;

/** Keeps the builder's part of every GoRuntime's status, and says what is to be built. */
export class RuntimeKeeper {
  readonly #options: RuntimeKeeperOptions;
  readonly #recipes = new RecipeBook();
  readonly #resolutions = new Map<string, Resolution>();
  readonly #resolving = createWorkQueue({
    work: (key) => this.#resolve(key),
    onError: (key, error, nextInMs) => this.#resolveFailed(key, error, nextInMs),
    minDelayMs: 2000,
    maxDelayMs: 300_000,
  });
  readonly #writing = createWorkQueue({
    work: (key) => this.#write(key),
    onError: (key, error, nextInMs) =>
      this.#options.log('warn', 'status not written', { runtime: key, error: errorToJson(error), nextInMs }),
    maxDelayMs: 10_000,
  });
  /** What was applied last, by GoRuntime. */
  readonly #applied = new Map<string, string>();

  constructor(options: RuntimeKeeperOptions) {
    this.#options = options;
  }

  /** A GoRuntime came or changed. */
  changed(runtime: Runtime): void {
    const key = keyOf(runtime);
    if (!isOfWish(runtime, this.#resolutions.get(key))) {
      const remembered = runtime.status?.resolution;
      if (remembered && isOfWish(runtime, remembered)) this.#resolutions.set(key, remembered);
      else this.#resolutions.delete(key);
      this.#resolving.add(key);
    }
    this.#options.onDemand();
    this.#writing.add(key);
  }

  /** A GoRuntime went. */
  removed(runtime: Runtime): void {
    const key = keyOf(runtime);
    this.#resolutions.delete(key);
    this.#applied.delete(key);
    this.#options.onDemand();
  }

  /** Every build that is wanted now, by name. */
  wanted(): ReadonlyMap<string, GoBuildSpec> {
    return planBuilds(this.#options.runtimes.values(), {
      targetOf: (runtime) => this.#resolutions.get(keyOf(runtime as Runtime))?.goVersion,
      recipeOf: this.#recipes.recipeOf,
    });
  }

  /** A build moved on: whoever wants it is told. */
  buildChanged(build: string): void {
    for (const [key, runtime] of this.#options.runtimes) {
      const goVersion = this.#resolutions.get(key)?.goVersion;
      if (goVersion === undefined) continue;
      const names = binariesToRelink(runtime, goVersion).map((each) => this.#recipes.nameOf(each, goVersion));
      if (names.includes(build)) this.#writing.add(key);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#resolving.stop(), this.#writing.stop()]);
  }

  async #resolve(key: string): Promise<number | undefined> {
    const runtime = this.#options.runtimes.get(key);
    const asked = runtime && askedOf(runtime);
    if (!asked) return undefined;
    const { requested } = asked;
    try {
      const { goVersion } = await this.#options.resolve(requested);
      const problem = await this.#mismatch(runtime, goVersion);
      this.#resolved(key, { ...asked, ...(problem === undefined ? { goVersion } : { problem }) });
      return exactGoVersion(parseGoConstraint(requested)) ? undefined : resolveEveryMs;
    } catch (thrown) {
      if (!isGofleetError(thrown) || thrown.retry === 'later') throw thrown;
      this.#resolved(key, { ...asked, problem: thrown.message });
      // A release that does not exist today may come out.
      return resolveEveryMs;
    }
  }

  /** Why a release is not the one that the wish's channel pins. */
  async #mismatch(runtime: Runtime, goVersion: string): Promise<string | undefined> {
    const [digest, { channel }] = [pinnedDigest(runtime), runtime.spec.runtime ?? {}];
    if (digest === undefined || channel === undefined) return undefined;
    const found = await this.#options.digestsOf(goVersion);
    return describeMismatch({ channel, digest }, { goVersion, found });
  }

  #resolved(key: string, resolution: Resolution): void {
    const runtime = this.#options.runtimes.get(key);
    if (!runtime || !isOfWish(runtime, resolution)) return;
    if (isDeepStrictEqual(this.#resolutions.get(key), resolution)) return;
    this.#options.log('info', 'resolved', { runtime: key, resolution });
    this.#resolutions.set(key, resolution);
    this.#options.onDemand();
    this.#writing.add(key);
  }

  #resolveFailed(key: string, error: GofleetError, nextInMs: number): void {
    this.#options.log('warn', 'resolving failed', { runtime: key, error: errorToJson(error), nextInMs });
    const runtime = this.#options.runtimes.get(key);
    const asked = runtime && askedOf(runtime);
    // What was known stays; a proxy that is away takes nothing back.
    if (!asked || this.#resolutions.get(key)?.goVersion) return;
    this.#resolved(key, { ...asked, problem: `${error.message}; tried again` });
  }

  async #write(key: string): Promise<undefined> {
    const { runtimes, builds, client } = this.#options;
    const runtime = runtimes.get(key);
    const resolution = this.#resolutions.get(key);
    if (!runtime || !resolution) return;
    const status = renderBuilderStatus(runtime, resolution, (binary, goVersion) =>
      builds.get(this.#recipes.nameOf(binary, goVersion)),
    );
    const text = JSON.stringify([runtime.metadata.uid, status]);
    if (this.#applied.get(key) === text) return;
    await applyStatus(client, runtime, { fieldManager, status });
    this.#applied.set(key, text);
  }
}
