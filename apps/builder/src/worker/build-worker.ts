import { errorToJson, GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { type RelinkResult, relinkOriginalFromObserved } from '@gofleet/build/relink';
import {
  claimableBuilds,
  failBuild,
  finishBuild,
  type GoBuild,
  type GoBuildStatus,
  releaseBuild,
} from '@gofleet/inject/builds';
import type { Change } from '@gofleet/kube/reflector';
import type { StatusClient } from '../build-status.ts';
import { ClaimedBuild } from './claimed-build.ts';
import { LeaseWatch } from './lease-watch.ts';
import type { Relink } from './relink.ts';

export interface BuildWorkerOptions {
  readonly client: StatusClient;
  /** Every GoBuild, by name, kept up to date. */
  readonly builds: ReadonlyMap<string, GoBuild>;
  /** Names this process, and no other that may live at the same time. */
  readonly name: string;
  /** Builds at a time. */
  readonly concurrency: number;
  readonly relink: Relink;
  /** Brings an artefact to where nodes fetch it; the build has announced it before. */
  readonly handIn: (artefact: RelinkResult['artefact'], signal: AbortSignal) => Promise<void>;
  /** After so many seconds without a renewal another may take over. */
  readonly leaseSeconds: number;
  readonly log: Log;
}

const lookEveryMs = 1000;
const maxLines = 40;

/** Adds a line, and answers the last ones. */
function keepLast(lines: string[], line: string): readonly string[] {
  lines.push(line);
  if (lines.length > maxLines) lines.shift();
  return [...lines];
}

/** What the API server takes for invalid it may take once it knows the definitions that this builder goes by. */
function explainRefusal(error: GofleetError): GofleetError {
  if (error.code !== 'kube.invalid') return error;
  const { message, facts } = error;
  const told = `the API server does not take the result: ${message}; "gofleet install" brings the definitions of this builder`;
  return new GofleetError('build.result-refused', told, { facts, retry: 'later' });
}

/** Takes the builds whose turn it is, one after the other, and makes them. */
export class BuildWorker {
  readonly #options: BuildWorkerOptions;
  readonly #leases = new LeaseWatch();
  /** Names of the builds that this process holds or is about to take. */
  readonly #held = new Set<string>();
  /** Builds, as they were when the API server took no status of them. */
  readonly #refused = new Map<string, string | undefined>();
  #wake: () => void = () => undefined;
  #woken: Promise<void> = Promise.resolve();

  constructor(options: BuildWorkerOptions) {
    this.#options = options;
    this.#sleepAgain();
  }

  /** A GoBuild came, changed or went. */
  changed(change: Change, build: GoBuild): void {
    if (change === 'deleted') {
      this.#leases.forget(build);
      this.#refused.delete(build.metadata.name);
    } else this.#leases.see(build);
    this.#wake();
    this.#sleepAgain();
  }

  /** Works until the signal, which gives back what is unfinished; or until nothing was to do for `idleMs`. */
  async run(signal: AbortSignal, idleMs = Number.POSITIVE_INFINITY): Promise<void> {
    const lanes = Array.from({ length: this.#options.concurrency }, () => this.#lane(signal, idleMs));
    await Promise.all(lanes);
  }

  #sleepAgain(): void {
    this.#woken = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #lane(signal: AbortSignal, idleMs: number): Promise<void> {
    let idleSinceMs = performance.now();
    while (!signal.aborted) {
      const claimed = await this.#claimNext();
      if (claimed) {
        await this.#make(claimed, signal).finally(() => this.#held.delete(claimed.build.metadata.name));
        idleSinceMs = performance.now();
      } else if (performance.now() - idleSinceMs >= idleMs) return;
      else await this.#pause(signal);
    }
  }

  /** Until something changed, or the time has come to look for claims that ran out. */
  async #pause(signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let stop = (): void => undefined;
    const quiet = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lookEveryMs);
      stop = resolve;
      signal.addEventListener('abort', stop, { once: true });
    });
    await Promise.race([this.#woken, quiet]);
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }

  #isAbandoned(build: GoBuild): boolean {
    // An earlier run of this process, in the same place: it is no more.
    return build.status?.claim?.holder === this.#options.name || this.#leases.isAbandoned(build);
  }

  #isRefused({ metadata }: GoBuild): boolean {
    return this.#refused.has(metadata.name) && this.#refused.get(metadata.name) === metadata.resourceVersion;
  }

  async #claimNext(): Promise<ClaimedBuild | undefined> {
    const { client, name, leaseSeconds, log, builds } = this.#options;
    const isAbandoned = (build: GoBuild): boolean => this.#isAbandoned(build);
    for (const build of claimableBuilds(builds.values(), { now: new Date(), isAbandoned })) {
      const key = build.metadata.name;
      if (this.#held.has(key) || this.#isRefused(build)) continue;
      this.#held.add(key);
      try {
        const claimed = await ClaimedBuild.take({ client, name, leaseSeconds, log }, build);
        if (claimed) return claimed;
      } catch (thrown) {
        const error = toGofleetError(thrown);
        log('warn', 'a build cannot be claimed', { build: key, error: errorToJson(error) });
        this.#held.delete(key);
        if (error.retry === 'never') this.#refused.set(key, build.metadata.resourceVersion);
        else if (error.code !== 'kube.forbidden') return undefined;
      }
      this.#held.delete(key);
    }
    return undefined;
  }

  async #make(claimed: ClaimedBuild, ending: AbortSignal): Promise<void> {
    const { log, name } = this.#options;
    const key = claimed.build.metadata.name;
    log('info', 'claimed', { build: key, worker: name });
    const startedAt = performance.now();
    try {
      const result = await this.#relink(claimed, AbortSignal.any([ending, claimed.lost]));
      await claimed.end((build) => finishBuild(build, result, new Date()));
      const durationMs = Math.round(performance.now() - startedAt);
      const { buildId } = result.artefact;
      log('info', 'relinked', { build: key, ...(buildId ? { buildId } : {}), ...result, durationMs });
    } catch (thrown) {
      await this.#giveBack(claimed, thrown, ending);
    }
  }

  async #relink(claimed: ClaimedBuild, signal: AbortSignal): Promise<RelinkResult> {
    const { relink, handIn } = this.#options;
    const { spec } = claimed.build;
    const lines: string[] = [];
    const result = await relink(relinkOriginalFromObserved(spec.original), spec, {
      signal,
      onProgress: ({ phase, step, message }) => {
        if (message === undefined) claimed.tell({ phase, message: step });
        else claimed.tell({ log: keepLast(lines, message) });
      },
    });
    const { sha256 } = result.artefact;
    await claimed.announce({ message: `hands in artefact ${sha256}`, announced: sha256 });
    signal.throwIfAborted();
    await handIn(result.artefact, signal);
    return result;
  }

  async #giveBack(claimed: ClaimedBuild, thrown: unknown, ending: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const key = claimed.build.metadata.name;
    if (claimed.lost.aborted) return log('warn', 'the claim was lost, another takes over', { build: key });
    const error = explainRefusal(toGofleetError(thrown));
    if (!ending.aborted) log('error', 'relink failed', { build: key, error: errorToJson(error) });
    const last = (build: GoBuild): GoBuildStatus =>
      ending.aborted
        ? releaseBuild(build, 'its worker was stopped', new Date())
        : failBuild(build, error, new Date());
    await claimed.end(last).catch(() => {
      this.#refused.set(key, claimed.build.metadata.resourceVersion);
      claimed.drop();
    });
  }
}
