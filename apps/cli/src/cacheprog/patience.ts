/** How long a build may have waited for a remote cache in all, whatever waits at the same time counted once. */
export class Patience {
  #leftMs: number;
  #waiting = 0;
  #sinceMs = 0;

  constructor(ms: number) {
    this.#leftMs = ms;
  }

  get isOver(): boolean {
    return this.#remaining() <= 0;
  }

  /** What the promise answers, or `undefined` when patience ends before. */
  async wait<T>(promise: Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    this.#begin();
    try {
      const end = new Promise<undefined>((resolve) => {
        timer = setTimeout(resolve, Math.max(0, this.#remaining()), undefined);
      });
      return await Promise.race([promise, end]);
    } finally {
      clearTimeout(timer);
      this.#end();
    }
  }

  #remaining(): number {
    return this.#leftMs - (this.#waiting > 0 ? performance.now() - this.#sinceMs : 0);
  }

  #begin(): void {
    if (this.#waiting++ === 0) this.#sinceMs = performance.now();
  }

  #end(): void {
    if (--this.#waiting === 0) this.#leftMs -= performance.now() - this.#sinceMs;
  }
}
