import { errorToJson, type GofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { reachesGrade } from '@gofleet/build/grade';
import type { ArtefactStore } from '@gofleet/build/ports';
import {
  finishBuild,
  type GoBuild,
  type GoBuildSpec,
  goBuildApi,
  goBuildsPath,
  isOpen,
  planBuildChanges,
  renewBuild,
} from '@gofleet/inject/builds';
import type { KubeClient } from '@gofleet/kube/client';
import { unlessGone } from '@gofleet/kube/unless-gone';
import { createWorkQueue } from '@gofleet/kube/work-queue';
import { changeBuildStatus } from '../build-status.ts';
import { resultOf } from './result-of.ts';

export interface BuildKeeperOptions {
  readonly client: Pick<KubeClient, 'get' | 'update' | 'patch' | 'delete'>;
  /** Every GoBuild, by name, kept up to date. */
  readonly builds: ReadonlyMap<string, GoBuild>;
  /** What is wanted now, by name. */
  readonly wanted: () => ReadonlyMap<string, GoBuildSpec>;
  readonly store: Pick<ArtefactStore, 'get' | 'findBuild' | 'recordBuild'>;
  /** How long a build is kept that nobody wants. */
  readonly retentionMs: number;
  readonly log: Log;
}

const fieldManager = 'gofleet-builder';
/** No GoBuild has such a name. */
const planKey = '*';
/** Wishes and observations come in bursts. */
const batchMs = 50;
const planEveryMs = 60_000;

/** Keeps the GoBuilds those that are wanted, and what they say of artefacts true of the store. */
export class BuildKeeper {
  readonly #options: BuildKeeperOptions;
  readonly #queue = createWorkQueue({
    work: (key) => (key === planKey ? this.#plan() : this.#tend(key)),
    onError: (key, error, nextInMs) => this.#report(key, error, nextInMs),
    concurrency: 4,
    maxDelayMs: 30_000,
  });

  constructor(options: BuildKeeperOptions) {
    this.#options = options;
  }

  /** Something that is wanted, or what it means, has changed. */
  wishesChanged(): void {
    this.#queue.addAfter(planKey, batchMs);
  }

  /** A GoBuild came, changed or went. */
  buildChanged(build: GoBuild, previous: GoBuild | undefined): void {
    const isThere = this.#options.builds.has(build.metadata.name);
    if (!isThere) this.wishesChanged();
    else if (!previous || build.status?.phase !== previous.status?.phase)
      this.#queue.add(build.metadata.name);
  }

  /** An artefact was asked for and is not there; answers whether it will be built again. */
  artefactMissing(sha256: string): boolean {
    const makers = [...this.#options.builds.values()].filter(
      ({ spec, status }) => status?.artefact?.sha256 === sha256 && spec.unwantedSince === undefined,
    );
    for (const { metadata } of makers) this.#queue.add(metadata.name);
    return makers.length > 0;
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #plan(): Promise<number> {
    const { client, builds, wanted, retentionMs } = this.#options;
    const changes = planBuildChanges(wanted(), builds.values(), { now: new Date(), retentionMs });
    for (const [name, spec] of changes.apply) await this.#apply(name, spec);
    for (const name of changes.remove) await unlessGone(client.delete(`${goBuildsPath}/${name}`));
    return planEveryMs;
  }

  async #apply(name: string, spec: GoBuildSpec): Promise<void> {
    const { group, version, kind } = goBuildApi;
    const body = { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec };
    await this.#options.client.patch(`${goBuildsPath}/${name}`, body, {
      ...{ type: 'apply', fieldManager, force: true },
    });
  }

  async #tend(name: string): Promise<undefined> {
    const build = this.#options.builds.get(name);
    if (!build || build.spec.unwantedSince !== undefined) return;
    if (build.status?.phase === 'Ready') await this.#keepArtefact(build);
    else if (isFree(build)) await this.#answerFromStore(build);
  }

  /** What the store has lost is made again; what was handed in is remembered by its recipe. */
  async #keepArtefact(build: GoBuild): Promise<void> {
    const { client, store, log } = this.#options;
    const { recipe } = build.spec;
    if (await store.get(build.status?.artefact?.sha256 ?? '')) {
      if (!(await store.findBuild(recipe))) await store.recordBuild(recipe, resultOf(build));
      return;
    }
    log('warn', 'an artefact is lost and is built again', { build: build.metadata.name });
    await changeBuildStatus(client, build, (now) =>
      now.status?.phase === 'Ready' ? renewBuild(now, new Date()) : undefined,
    );
  }

  /** What was made before is not made again. */
  async #answerFromStore(build: GoBuild): Promise<void> {
    const { client, store } = this.#options;
    const known = await store.findBuild(build.spec.recipe);
    if (!known || !reachesGrade(known.reproduction.grade, build.spec.minimumGrade)) return;
    await changeBuildStatus(client, build, (now) =>
      isFree(now) ? finishBuild(now, known, new Date()) : undefined,
    );
  }

  #report(key: string, error: GofleetError, nextInMs: number): void {
    const what = key === planKey ? 'planning builds failed' : 'a build was not looked after';
    this.#options.log('warn', what, { build: key, error: errorToJson(error), nextInMs });
  }
}

/** Whether it has still to be made, and nobody is at it. */
function isFree(build: GoBuild): boolean {
  return isOpen(build) && build.status?.claim === undefined;
}
