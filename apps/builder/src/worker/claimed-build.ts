import { setTimeout as sleep } from 'node:timers/promises';
import { errorToJson, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { advanceBuild, type GoBuild, type GoBuildStatus, takeBuild } from '@gofleet/inject/builds';
import { changeBuildStatus, type StatusClient, writeBuildStatus } from '../build-status.ts';

/** Who claims, and how. */
export interface Claimant {
  readonly client: StatusClient;
  /** Names this process, and no other that may live at the same time. */
  readonly name: string;
  readonly leaseSeconds: number;
  readonly log: Log;
}

type Told = Parameters<typeof advanceBuild>[1];

/** A build that this process holds. Whatever happens, it stops holding it before anybody else may take it. */
export class ClaimedBuild {
  readonly #claimant: Claimant;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #build: GoBuild;
  #told: Told = {};
  #renewedAtMs = performance.now();
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(claimant: Claimant, build: GoBuild) {
    this.#claimant = claimant;
    this.#build = build;
    this.#timer = setInterval(() => this.#tick(), (claimant.leaseSeconds * 1000) / 5);
  }

  /** Takes a build as it was read; `undefined` when somebody was faster, it is gone, or it was given up instead. */
  static async take(claimant: Claimant, build: GoBuild): Promise<ClaimedBuild | undefined> {
    const { client, name: holder, leaseSeconds } = claimant;
    const status = takeBuild(build, { holder, leaseSeconds, now: new Date() });
    const taken = await writeBuildStatus(client, build, status).catch((thrown: unknown) => {
      if (isGofleetError(thrown) && /^kube\.(?:conflict|not-found)$/.test(thrown.code)) return undefined;
      throw thrown;
    });
    return taken?.status?.claim === undefined ? undefined : new ClaimedBuild(claimant, taken);
  }

  get build(): GoBuild {
    return this.#build;
  }

  /** Aborted when the claim is no longer ours: the build must stop at once. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Tells how far it is: a new phase or step at once, lines of the log with the next renewal. */
  tell(told: Told): void {
    const isNews = told.phase !== undefined || told.message !== undefined;
    this.#told = { ...this.#told, ...told };
    if (isNews) void this.#renew();
  }

  /** Tells something that must be known before going on. */
  async announce(told: Told): Promise<void> {
    this.#told = { ...this.#told, ...told };
    await this.#untilWritten((build) => advanceBuild(build, this.#told, new Date()));
  }

  /**
   * Writes the last word and gives the claim back.
   * @throws `kube.invalid` and others that are as true the next time; the claim is still held
   */
  async end(last: (build: GoBuild) => GoBuildStatus): Promise<void> {
    await this.#untilWritten(last);
    this.#lose();
  }

  /** Holds it no longer, without a word: others take it when its lease has run out. */
  drop(): void {
    this.#lose();
  }

  #lose(): void {
    clearInterval(this.#timer);
    this.#lost.abort();
  }

  /** Past this a renewal might come too late: others may take the build soon. */
  get #isOverdue(): boolean {
    return performance.now() - this.#renewedAtMs > (this.#claimant.leaseSeconds * 1000 * 2) / 3;
  }

  /** A renewal that gets no answer is as bad as one that is refused. */
  #tick(): void {
    if (this.#isOverdue) this.#lose();
    else void this.#renew();
  }

  async #renew(): Promise<void> {
    const { log } = this.#claimant;
    try {
      await this.#write((build) => advanceBuild(build, this.#told, new Date()));
    } catch (thrown) {
      const error = errorToJson(toGofleetError(thrown));
      log('warn', 'a claim was not renewed', { build: this.#build.metadata.name, error });
    }
  }

  async #untilWritten(change: (build: GoBuild) => GoBuildStatus): Promise<void> {
    while (!this.lost.aborted) {
      try {
        return await this.#write(change);
      } catch (thrown) {
        const error = toGofleetError(thrown);
        const { name } = this.#build.metadata;
        this.#claimant.log('warn', 'not written', { build: name, error: errorToJson(error) });
        if (error.retry === 'never') throw error;
        await sleep(500);
      }
    }
  }

  /** One write after the other, each on top of the last. */
  #write(change: (build: GoBuild) => GoBuildStatus): Promise<void> {
    const next = this.#writing.then(() => this.#writeNow(change));
    this.#writing = next.catch(() => undefined);
    return next;
  }

  async #writeNow(change: (build: GoBuild) => GoBuildStatus): Promise<void> {
    if (this.lost.aborted) return;
    // The lease counts from the moment before the write: an answer that is late must not lengthen it.
    const beganAtMs = performance.now();
    const written = await changeBuildStatus(this.#claimant.client, this.#build, (build) =>
      this.#isMine(build) ? change(build) : undefined,
    );
    if (written === undefined) return this.#lose();
    this.#build = written;
    this.#renewedAtMs = beganAtMs;
  }

  #isMine({ status }: GoBuild): boolean {
    const [found, own] = [status?.claim, this.#build.status?.claim];
    return own !== undefined && found?.holder === own.holder && found.acquiredAt === own.acquiredAt;
  }
}
