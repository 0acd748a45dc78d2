import { renderDuration } from '@gofleet/base/units';

/** One thing that takes a while. */
export interface ProgressEvent {
  /** What is being done; a new name ends the one before. */
  readonly step: string;
  readonly done?: number;
  readonly total?: number;
  readonly estimateMs?: number;
  readonly message?: string;
}

/** Tells a person what is going on, on standard error. */
export interface Progress {
  report(event: ProgressEvent): void;
  /** Ends the current step and leaves the terminal as it was. */
  stop(): void;
}

function detailOf({ done, total, estimateMs, message }: ProgressEvent): string {
  const count = total === undefined || done === undefined ? [] : [`${done}/${total}`];
  const left = estimateMs === undefined ? [] : [`about ${renderDuration(estimateMs)} left`];
  return [...count, ...left, ...(message ? [message] : [])].join(', ');
}

/** A bar of 20 cells that is `done` of `total` full. */
function barOf({ done = 0, total = 0 }: ProgressEvent): string {
  if (total === 0) return '';
  const full = Math.min(20, Math.round((20 * done) / total));
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)} `;
}

/** On a terminal one line that is redrawn; elsewhere a line per step and one every 15 s. */
class TerminalProgress implements Progress {
  #step: string | undefined;
  #startedAt = 0;
  #spokenAt = 0;
  readonly #live = process.stderr.isTTY === true;

  report(event: ProgressEvent): void {
    const now = Date.now();
    const isNew = event.step !== this.#step;
    if (isNew) this.#begin(event.step, now);
    if (!this.#live && !isNew && now - this.#spokenAt < 15_000) return;
    this.#spokenAt = now;
    const detail = detailOf(event);
    if (this.#live) this.#redraw(`${barOf(event)}${event.step}${detail === '' ? '' : `: ${detail}`}`);
    else process.stderr.write(`${event.step}${detail === '' ? '' : `: ${detail}`}\n`);
  }

  stop(): void {
    if (this.#step !== undefined) this.#end(Date.now());
  }

  #begin(step: string, now: number): void {
    this.stop();
    this.#step = step;
    this.#startedAt = now;
  }

  #end(now: number): void {
    const took = now - this.#startedAt;
    if (this.#live) process.stderr.write(`\r\x1b[2K✔ ${this.#step} (${renderDuration(took)})\n`);
    this.#step = undefined;
  }

  #redraw(line: string): void {
    const width = process.stderr.columns ?? 80;
    process.stderr.write(`\r\x1b[2K${line.slice(0, width - 1)}`);
  }
}

/** Progress on standard error, or none at all when `quiet`. */
export function createProgress({ quiet }: { quiet: boolean }): Progress {
  return quiet ? { report: () => undefined, stop: () => undefined } : new TerminalProgress();
}
