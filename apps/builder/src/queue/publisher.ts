import { errorToJson, type GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { ArtefactStore, AttestationStore } from '@gofleet/build/ports';
import type { RelinkResult } from '@gofleet/build/relink';
import { type GoBuild, type PushedBuild, publishBuild } from '@gofleet/inject/builds';
import { createWorkQueue } from '@gofleet/kube/work-queue';
import { changeBuildStatus, type StatusClient } from '../build-status.ts';
import { resultOf } from './result-of.ts';

/** Puts an artefact for a processor into a registry, under a tag, and its attestation (an envelope as text) as what refers to it. */
export type Push = (
  result: RelinkResult,
  as: { readonly tag: string; readonly arch: string; readonly attestation?: string },
) => Promise<PushedBuild>;

export interface PublisherOptions {
  readonly client: StatusClient;
  readonly builds: ReadonlyMap<string, GoBuild>;
  readonly store: Pick<ArtefactStore, 'get'>;
  readonly attestations: Pick<AttestationStore, 'find'>;
  readonly push: Push;
  readonly log: Log;
}

/** Pushes what was built to a registry, and once more when it is signed. Delivery by CSI does not wait for it. */
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
    const [now, before] = [build.status, previous?.status];
    const isNew = now?.phase !== before?.phase || (now?.attestation && !before?.attestation);
    if (isNew && isUnpublished(build)) this.#queue.add(build.metadata.name);
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #publish(name: string): Promise<undefined> {
    const { builds, store, attestations, push, log } = this.#options;
    const build = builds.get(name);
    const sha256 = build?.status?.artefact?.sha256;
    if (!build || !isUnpublished(build) || sha256 === undefined) return;
    const stored = await store.get(sha256);
    if (!stored) return;
    const result = resultOf(build);
    try {
      const { recipe: tag, original } = build.spec;
      const artefact = { ...result.artefact, path: stored.path };
      const signed = build.status?.attestation && (await attestations.find(sha256));
      const pushed = await push(
        { ...result, artefact },
        { tag, arch: original.arch, ...(signed ? { attestation: signed.text } : {}) },
      );
      log('info', 'published', { build: name, ...pushed });
      await this.#tell(build, pushed);
    } catch (thrown) {
      const error = toGofleetError(thrown);
      await this.#tell(build, { error });
      // A refusal may be put right at the registry: it is tried again, ever more rarely.
      throw error;
    }
  }

  async #tell(build: GoBuild, outcome: PushedBuild | { readonly error: GofleetError }): Promise<void> {
    const { sha256 } = build.status?.artefact ?? {};
    await changeBuildStatus(this.#options.client, build, (now) =>
      now.status?.phase === 'Ready' && now.status.artefact?.sha256 === sha256
        ? publishBuild(now, outcome, new Date())
        : undefined,
    );
  }
}

function isUnpublished({ status }: GoBuild): boolean {
  if (status?.phase !== 'Ready' || status.artefact === undefined) return false;
  const { artefact, attestation } = status;
  return artefact.image === undefined || (attestation !== undefined && attestation.image === undefined);
}
