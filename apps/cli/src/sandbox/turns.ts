/** Lets so many work at a time; the others wait in the order in which they came. */
export class Turns {
  readonly #atOnce: number;
  readonly #most: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#most = mostWaiting;
  }

  /** How many are before one who comes now; `undefined` when no more may wait. */
  ahead(): number | undefined {
    if (this.#running < this.#atOnce) return 0;
    return this.#waiting.length < this.#most ? this.#waiting.length + 1 : undefined;
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Waits for a turn. @returns what ends it; `undefined` when the signal came first */
  async take(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (this.#running >= this.#atOnce) await this.#wait(signal);
    else this.#running += 1;
    const release = (): void => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    };
    if (!signal.aborted) return release;
    release();
    return undefined;
  }

  /** A turn is handed from who ends to who waits first. Who gives up while waiting takes his turn and ends it at once. */
  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      const giveUp = (): void => {
        const at = this.#waiting.indexOf(resolve);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        this.#running += 1;
        resolve();
      };
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
