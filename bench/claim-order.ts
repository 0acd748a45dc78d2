import type { GoBuild } from '@gofleet/inject/builds';

const turnOf = ({ metadata, spec }: GoBuild): number =>
  Date.parse(metadata.creationTimestamp ?? '') - spec.priority * 60_000;

/** Watches who is taken when; the API server's own order of events decides. */
export class ClaimOrder {
  readonly #waiting = new Map<string, number>();
  /** Builds that were begun while another waited whose turn was earlier. */
  inversions = 0;

  /** A build came or changed. */
  see(build: GoBuild, previous: GoBuild | undefined): void {
    const { name } = build.metadata;
    const isFirstClaim = build.status?.attempts === 1 && previous?.status?.attempts === undefined;
    if (build.status?.claim === undefined && build.status?.attempts === undefined)
      this.#waiting.set(name, turnOf(build));
    if (!isFirstClaim) return;
    this.#waiting.delete(name);
    if ([...this.#waiting.values()].some((turn) => turn < turnOf(build))) this.inversions += 1;
  }
}
