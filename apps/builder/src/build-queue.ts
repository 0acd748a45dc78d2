import { errorToJson, type GofleetError, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { reachesGrade } from '@gofleet/build/grade';
import {
  type RelinkOriginal,
  type RelinkResult,
  type ReproductionGrade,
  relinkOriginalFromObserved,
} from '@gofleet/build/relink';
import type { BuildStatus } from '@gofleet/inject/go-runtime';
import { createWorkQueue, type WorkQueue } from '@gofleet/kube/work-queue';
import type { WantedBuild } from './wanted-builds.ts';

/** A relink to do; `onProgress` is told each phase as it begins. */
export type Relink = (
  original: RelinkOriginal,
  wanted: Pick<WantedBuild, 'goVersion' | 'minimumGrade'>,
  onProgress: (phase: 'Proving' | 'Building', message: string) => void,
) => Promise<RelinkResult>;

export interface BuildQueueOptions {
  readonly relink: Relink;
  /** How many relinks at a time. */
  readonly concurrency: number;
  /** Told that the status of a build changed. */
  readonly onChange: (key: string) => void;
  readonly log: Log;
}

/** Relinks what is wanted, each once, and knows how far each is. */
export class BuildQueue {
  readonly #options: BuildQueueOptions;
  readonly #queue: WorkQueue;
  readonly #wanted = new Map<string, WantedBuild>();
  readonly #states = new Map<string, BuildStatus>();
  /** The minimum grade that the last try was made with. */
  readonly #tried = new Map<string, ReproductionGrade>();

  constructor(options: BuildQueueOptions) {
    this.#options = options;
    this.#queue = createWorkQueue({
      work: (key) => this.#build(key),
      onError: (key, error, nextInMs) => this.#retry(key, error, nextInMs),
      concurrency: options.concurrency,
      minDelayMs: 5000,
      maxDelayMs: 600_000,
    });
  }

  /** How far each build is, by key. */
  get states(): ReadonlyMap<string, BuildStatus> {
    return this.#states;
  }

  /**
   * Takes what is wanted now; what is new, or is now content with less evidence, is queued. `remembered` is what an
   * earlier run said of a build: it stands until this run knows better.
   */
  want(
    wanted: ReadonlyMap<string, WantedBuild>,
    remembered: (key: string) => BuildStatus | undefined = () => undefined,
  ): void {
    for (const key of this.#wanted.keys()) {
      if (wanted.has(key)) continue;
      this.#wanted.delete(key);
      this.#tried.delete(key);
    }
    for (const [key, build] of wanted) {
      this.#wanted.set(key, build);
      const tried = this.#tried.get(key);
      if (tried !== undefined && reachesGrade(build.minimumGrade, tried)) continue;
      this.#tried.set(key, build.minimumGrade);
      const { goVersion, binary } = build;
      if (!this.#states.has(key))
        this.#states.set(key, remembered(key) ?? { binary: binary.sha256, goVersion, phase: 'Queued' });
      this.#queue.add(key);
    }
  }

  /** Builds an artefact again that was lost; false when no wanted build made it. */
  rebuild(artefact: string): boolean {
    for (const [key, state] of this.#states) {
      if (state.artefact !== artefact || !this.#wanted.has(key)) continue;
      this.#queue.add(key);
      return true;
    }
    return false;
  }

  /** Takes no more work and resolves when what runs has ended. */
  stop(): Promise<void> {
    return this.#queue.stop();
  }

  #set(key: string, change: Omit<BuildStatus, 'binary' | 'goVersion'>): void {
    const wanted = this.#wanted.get(key);
    if (!wanted) return;
    this.#states.set(key, { binary: wanted.binary.sha256, goVersion: wanted.goVersion, ...change });
    this.#options.onChange(key);
  }

  async #build(key: string): Promise<undefined> {
    const wanted = this.#wanted.get(key);
    if (!wanted) return;
    const { log, relink } = this.#options;
    try {
      const original = relinkOriginalFromObserved(wanted.binary);
      const startedAt = performance.now();
      const { artefact, reproduction } = await relink(original, wanted, (phase, message) => {
        log('info', message, { binary: original.sha256, package: original.package });
        this.#set(key, { phase, message });
      });
      const { sha256, sizeBytes, grade } = artefact;
      const durationMs = Math.round(performance.now() - startedAt);
      log('info', 'relinked', { original: original.sha256, artefact, reproduction, durationMs });
      this.#set(key, { phase: 'Ready', grade, artefact: sha256, sizeBytes });
    } catch (thrown) {
      this.#fail(key, toGofleetError(thrown));
    }
  }

  /** What can change by itself is tried again; the rest is final until something else is wanted. */
  #fail(key: string, error: GofleetError): void {
    if (error.code === 'process.aborted') return;
    if (error.retry === 'later') throw error;
    this.#options.log('error', 'relink failed', { build: key, error: errorToJson(error) });
    const { firstLines } = error.facts;
    const message = typeof firstLines === 'string' ? `${error.message}\n${firstLines}` : error.message;
    const grade = error.code === 'build.grade-too-low' ? error.facts.grade : undefined;
    this.#set(key, {
      phase: 'Failed',
      message: `${error.code}: ${message}`,
      ...(isGrade(grade) ? { grade } : {}),
    });
  }

  #retry(key: string, error: GofleetError, nextInMs: number): void {
    this.#options.log('warn', 'relink will be tried again', {
      build: key,
      error: errorToJson(error),
      nextInMs,
    });
    const message = isGofleetError(error) ? `${error.code}: ${error.message}` : String(error);
    this.#set(key, {
      phase: 'Queued',
      message: `tried again in ${Math.ceil(nextInMs / 1000)} s: ${message}`,
    });
  }
}

function isGrade(value: unknown): value is ReproductionGrade {
  return value === 'proven' || value === 'compiled-equal' || value === 'claimed';
}
