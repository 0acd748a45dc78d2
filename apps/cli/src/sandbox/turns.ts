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
    if (signal.aborted) return undefined;
    if (this.#running < this.#atOnce) this.#running += 1;
    else if (!(await this.#wait(signal))) return undefined;
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    };
  }

  /** Whether a turn was handed over by one who ended, rather than given up. */
  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const next = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(next), 1);
        resolve(false);
      };
      this.#waiting.push(next);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
