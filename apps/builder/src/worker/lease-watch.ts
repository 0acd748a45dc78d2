import type { GoBuild } from '@gofleet/inject/builds';

/**
 * Tells which claims are void: those that this process has not seen renewed for as long as their lease, by its own monotonic clock.
 * The clocks of those who write the times do not matter.
 */
export class LeaseWatch {
  readonly #seen = new Map<string, { readonly stamp: string; readonly atMs: number }>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** A build came or changed. */
  see({ metadata, status }: GoBuild): void {
    const { claim } = status ?? {};
    if (claim === undefined) return void this.#seen.delete(metadata.name);
    const stamp = `${claim.holder} ${claim.acquiredAt} ${claim.renewedAt}`;
    if (this.#seen.get(metadata.name)?.stamp === stamp) return;
    this.#seen.set(metadata.name, { stamp, atMs: this.#nowMs() });
  }

  /** A build went. */
  forget({ metadata }: GoBuild): void {
    this.#seen.delete(metadata.name);
  }

  isAbandoned({ metadata, status }: GoBuild): boolean {
    const [seen, leaseSeconds] = [this.#seen.get(metadata.name), status?.claim?.leaseSeconds];
    if (seen === undefined || leaseSeconds === undefined) return false;
    return this.#nowMs() - seen.atMs > leaseSeconds * 1000;
  }
}
