import { type GofleetError, toGofleetError } from '@gofleet/base/errors';

export interface WorkQueueOptions {
  /** Does the work of a key; a rejection is retried with growing delay. May return ms after which to come again. */
  readonly work: (key: string) => Promise<number | undefined>;
  readonly onError: (key: string, error: GofleetError, nextInMs: number) => void;
  /** Keys worked on at the same time; one key is never worked on twice at once. Default 2. */
  readonly concurrency?: number;
  /** First retry delay, doubled up to the maximum. Defaults 250 ms, 60 s. */
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** A set of keys that need work: adding a key that waits changes nothing, adding one that is worked on queues it once more. */
export interface WorkQueue {
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  /** Keys that wait now. */
  readonly depth: number;
  /** Takes no more work and resolves when what runs has ended. */
  stop(): Promise<void>;
}

/** Timers may come a little before their time. */
const timerSlackMs = 2;

class CoalescingQueue implements WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, { readonly count: number; readonly dueAt: number }>();
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    if (this.#stopped) return;
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#next();
  }

  addAfter(key: string, delayMs: number): void {
    if (this.#stopped) return;
    const at = Date.now() + delayMs;
    const known = this.#timers.get(key);
    // The earlier of two appointments stands: a level-based worker sees everything when it comes.
    if (known && known.at <= at) return;
    clearTimeout(known?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, delayMs);
    this.#timers.set(key, { at, timer });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#waiting.clear();
    await Promise.all(this.#running.values());
  }

  #next(): void {
    const { concurrency = 2 } = this.#options;
    for (const key of this.#waiting) {
      if (this.#running.size >= concurrency) return;
      this.#waiting.delete(key);
      this.#running.set(key, this.#run(key));
    }
  }

  async #run(key: string): Promise<void> {
    try {
      // A turn of the event loop, so that `#running` holds the key before the work can add it again.
      await Promise.resolve();
      const againInMs = await this.#options.work(key);
      this.#failures.delete(key);
      if (againInMs !== undefined) this.addAfter(key, againInMs);
    } catch (thrown) {
      this.#retry(key, toGofleetError(thrown));
    } finally {
      this.#running.delete(key);
      if (this.#again.delete(key) && !this.#stopped) this.#waiting.add(key);
      if (!this.#stopped) this.#next();
    }
  }

  #retry(key: string, error: GofleetError): void {
    const { minDelayMs = 250, maxDelayMs = 60_000 } = this.#options;
    const now = Date.now();
    const known = this.#failures.get(key);
    const asked = Number(error.facts.retryAfterS ?? 0) * 1000;
    // What an event brought before its time is no reason to wait longer: the delay grows with time, not with the number of events.
    const isEarly = known !== undefined && now + timerSlackMs < known.dueAt;
    const count = (known?.count ?? 0) + (isEarly ? 0 : 1);
    const backOffMs = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(count - 1, 20));
    const delayMs = Math.max(backOffMs, asked) * (0.75 + Math.random() / 2);
    const nextInMs = isEarly ? Math.max(known.dueAt - now, asked) : delayMs;
    this.#failures.set(key, { count, dueAt: now + nextInMs });
    this.#options.onError(key, error, nextInMs);
    this.addAfter(key, nextInMs);
  }
}

/** A coalescing work queue, serial per key. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new CoalescingQueue(options);
}
