import { errorToJson, type GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { ArtefactStore } from '@gofleet/build/ports';
import type { RelinkResult } from '@gofleet/build/relink';
import { type GoBuild, publishBuild } from '@gofleet/inject/builds';
import { createWorkQueue } from '@gofleet/kube/work-queue';
import { changeBuildStatus, type StatusClient } from '../build-status.ts';
import { resultOf } from './result-of.ts';

/** Puts an artefact for a processor into a registry, under a tag; answers its reference with digest. */
export type Push = (
  result: RelinkResult,
  as: { readonly tag: string; readonly arch: string },
) => Promise<string>;

export interface PublisherOptions {
  readonly client: StatusClient;
  readonly builds: ReadonlyMap<string, GoBuild>;
  readonly store: Pick<ArtefactStore, 'get'>;
  readonly push: Push;
  readonly log: Log;
}

/** Pushes what was built to a registry. Delivery by CSI does not wait for it. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #queue = createWorkQueue({
    work: (name) => this.#publish(name),
    onError: (name, error, nextInMs) =>
      this.#options.log('warn', 'not published', { build: name, error: errorToJson(error), nextInMs }),
    concurrency: 1,
    minDelayMs: 10_000,
    maxDelayMs: 600_000,
  });

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** A GoBuild came or changed. */
  changed(build: GoBuild, previous: GoBuild | undefined): void {
    const isNew = build.status?.phase !== previous?.status?.phase;
    if (isNew && isUnpublished(build)) this.#queue.add(build.metadata.name);
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #publish(name: string): Promise<undefined> {
    const { builds, store, push, log } = this.#options;
    const build = builds.get(name);
    const sha256 = build?.status?.artefact?.sha256;
    if (!build || !isUnpublished(build) || sha256 === undefined) return;
    const stored = await store.get(sha256);
    if (!stored) return;
    const result = resultOf(build);
    try {
      const { recipe: tag, original } = build.spec;
      const artefact = { ...result.artefact, path: stored.path };
      const image = await push({ ...result, artefact }, { tag, arch: original.arch });
      log('info', 'published', { build: name, image });
      await this.#tell(build, { image });
    } catch (thrown) {
      const error = toGofleetError(thrown);
      await this.#tell(build, { error });
      // A refusal may be put right at the registry: it is tried again, ever more rarely.
      throw error;
    }
  }

  async #tell(
    build: GoBuild,
    outcome: { readonly image: string } | { readonly error: GofleetError },
  ): Promise<void> {
    const { sha256 } = build.status?.artefact ?? {};
    await changeBuildStatus(this.#options.client, build, (now) =>
      now.status?.phase === 'Ready' && now.status.artefact?.sha256 === sha256
        ? publishBuild(now, outcome, new Date())
        : undefined,
    );
  }
}

function isUnpublished({ status }: GoBuild): boolean {
  return status?.phase === 'Ready' && status.artefact !== undefined && status.artefact.image === undefined;
}
