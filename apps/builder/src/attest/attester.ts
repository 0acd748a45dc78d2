import { errorToJson, GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { attestRelink, type BuilderIdentity } from '@gofleet/build/attest';
import { checkArtefact } from '@gofleet/build/check-artefact';
import type {
  ArtefactStore,
  AttestationStore,
  ExecutableReader,
  SigningKey,
  StoredArtefact,
} from '@gofleet/build/ports';
import { relinkOriginalFromFacts, relinkOriginalFromObserved } from '@gofleet/build/relink';
import { attestBuild, type BuildAttestation, type GoBuild } from '@gofleet/inject/builds';
import { createWorkQueue } from '@gofleet/kube/work-queue';
import { changeBuildStatus, type StatusClient } from '../build-status.ts';
import { resultOf } from '../queue/result-of.ts';

export interface AttesterOptions {
  readonly client: StatusClient;
  /** Every GoBuild, by name, kept up to date. */
  readonly builds: ReadonlyMap<string, GoBuild>;
  readonly store: Pick<ArtefactStore, 'get'>;
  readonly attestations: AttestationStore;
  readonly files: ExecutableReader;
  readonly identity: BuilderIdentity;
  /** The key that signs now. */
  readonly openKey: () => Promise<SigningKey>;
  readonly log: Log;
}

/**
 * Signs what was built: reads the artefact in the store, whose digest was checked, and attests what its GoBuild says of it. Workers
 * have no key. An artefact that is not signed is mounted all the same, and says so.
 */
export class Attester {
  readonly #options: AttesterOptions;
  readonly #queue = createWorkQueue({
    work: (name) => this.#attest(name),
    onError: (name, error, nextInMs) =>
      this.#options.log('warn', 'not attested', { build: name, error: errorToJson(error), nextInMs }),
    concurrency: 1,
    minDelayMs: 2000,
    // Whoever puts a key right wants to see that it is.
    maxDelayMs: 60_000,
  });

  constructor(options: AttesterOptions) {
    this.#options = options;
  }

  /** A GoBuild came or changed. */
  changed(build: GoBuild, previous: GoBuild | undefined): void {
    if (build.status?.phase !== 'Ready') return;
    const isNew = previous?.status?.phase !== 'Ready';
    const isLost = previous?.status?.attestation !== undefined && build.status.attestation === undefined;
    if (isNew || isLost) this.#queue.add(build.metadata.name);
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #attest(name: string): Promise<undefined> {
    const { builds, store, attestations, log } = this.#options;
    const build = builds.get(name);
    const { phase, artefact, attestation } = build?.status ?? {};
    if (!build || phase !== 'Ready' || artefact === undefined) return;
    if (attestation && (await attestations.find(artefact.sha256))) return;
    const stored = await store.get(artefact.sha256);
    // It is built again, and signed then.
    if (!stored) return;
    try {
      const { keyId } = await this.#sign(build, stored);
      log('info', 'attested', { build: name, artefact: stored.sha256, keyId });
      await this.#tell(build, { keyId });
    } catch (thrown) {
      const error = toGofleetError(thrown);
      await this.#tell(build, { error });
      throw error;
    }
  }

  async #sign(build: GoBuild, stored: StoredArtefact): Promise<SigningKey> {
    const { files, attestations: store, identity, openKey } = this.#options;
    const result = resultOf(build);
    await this.#requireMeant(build, stored);
    const key = await openKey();
    const artefact = { ...result.artefact, path: stored.path };
    await attestRelink({ ...result, artefact }, build.spec.original.buildInfo, {
      ...{ files, store, key, builder: identity },
    });
    return key;
  }

  /** What a worker hands in is signed only when it reads as what was asked for. @throws `build.wrong-result` */
  async #requireMeant({ spec, status }: GoBuild, stored: StoredArtefact): Promise<void> {
    const facts = await this.#options.files.inspect(stored.path);
    const [finding] = checkArtefact(
      relinkOriginalFromObserved(spec.original),
      relinkOriginalFromFacts(facts, stored),
      { goVersion: spec.goVersion, godebug: status?.recipe?.godebug ?? 'keep' },
    );
    if (!finding) return;
    throw new GofleetError('build.wrong-result', `artefact ${stored.sha256}: ${finding.message}`, {
      ...(finding.facts === undefined ? {} : { facts: finding.facts }),
    });
  }

  async #tell(build: GoBuild, outcome: BuildAttestation | { readonly error: GofleetError }): Promise<void> {
    const { sha256 } = build.status?.artefact ?? {};
    await changeBuildStatus(this.#options.client, build, (now) =>
      now.status?.phase === 'Ready' && now.status.artefact?.sha256 === sha256
        ? attestBuild(now, outcome, new Date())
        : undefined,
    );
  }
}
