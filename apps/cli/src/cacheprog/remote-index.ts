import { createHash } from 'node:crypto';
import { isGofleetError } from '@gofleet/base/errors';
import { type IndexedBundle, parseSegment, type StoredSegment } from '@gofleet/build/cacheprog/index-segment';
import type { Namespace } from '@gofleet/build/cacheprog/namespace';
import type { RemoteStore } from '@gofleet/build/cacheprog/ports';

/** A bundle and the namespace that it is in. */
export interface BundleRef {
  readonly namespace: Namespace;
  readonly bundle: IndexedBundle;
}

interface Loaded extends StoredSegment {
  readonly bundles: readonly IndexedBundle[];
}

export interface RemoteIndexOptions {
  readonly store: RemoteStore;
  /** Where to look; what is in the first comes before what is in the others. */
  readonly namespaces: readonly Namespace[];
  /** Told of a segment whose content is not what its name says. */
  readonly onCorrupt: (namespace: Namespace, segment: StoredSegment) => void;
}

const atOnce = 4;

/** Which bundle of a remote cache has which action; read when it is asked for, and read on from where it was. */
export class RemoteIndex {
  readonly #options: RemoteIndexOptions;
  readonly #segments = new Map<Namespace, Map<string, Loaded>>();
  readonly #byAction = new Map<string, BundleRef>();
  readonly #byPlace = new Map<string, BundleRef>();
  readonly #gone = new Set<string>();
  #refreshing: Promise<void> | undefined;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RemoteIndexOptions) {
    this.#options = options;
  }

  find(actionId: string): BundleRef | undefined {
    const ref = this.#byAction.get(actionId);
    return ref && !this.#gone.has(ref.bundle.sha256) ? ref : undefined;
  }

  /** The bundle at a place among those of a build. */
  at(build: string, sequence: number): BundleRef | undefined {
    const ref = this.#byPlace.get(`${build}/${sequence}`);
    return ref && !this.#gone.has(ref.bundle.sha256) ? ref : undefined;
  }

  /** A bundle that is not there any more, or is damaged. */
  forget({ bundle }: BundleRef): void {
    this.#gone.add(bundle.sha256);
  }

  isKnownSince(atMs: number): boolean {
    return this.#refreshedAtMs >= atMs;
  }

  /** The segments of a namespace with their bundles, without those that are gone. */
  segments(namespace: Namespace): Loaded[] {
    const loaded = [...(this.#segments.get(namespace)?.values() ?? [])];
    return loaded.map(({ bundles, ...segment }) => ({
      ...segment,
      bundles: bundles.filter(({ sha256 }) => !this.#gone.has(sha256)),
    }));
  }

  add(namespace: Namespace, segment: Loaded): void {
    const segments = this.#segments.get(namespace) ?? new Map<string, Loaded>();
    this.#segments.set(namespace, segments);
    segments.set(segment.sha256, segment);
    for (const bundle of segment.bundles) {
      const ref = { namespace, bundle };
      this.#byPlace.set(`${bundle.build}/${bundle.sequence}`, ref);
      for (const actionId of bundle.actionIds) this.#prefer(actionId, ref);
    }
  }

  /** A segment that another one replaces. */
  drop(namespace: Namespace, sha256: string): void {
    this.#segments.get(namespace)?.delete(sha256);
  }

  /** Reads what is new. Callers at the same time share one run. @throws as `RemoteStore` */
  refresh(signal: AbortSignal): Promise<void> {
    const startedAtMs = Date.now();
    this.#refreshing ??= this.#read(signal)
      .then(() => {
        this.#refreshedAtMs = startedAtMs;
      })
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }

  #prefer(actionId: string, ref: BundleRef): void {
    const known = this.#byAction.get(actionId);
    const rank = ({ namespace }: BundleRef): number => this.#options.namespaces.indexOf(namespace);
    const isBetter =
      known === undefined ||
      this.#gone.has(known.bundle.sha256) ||
      rank(ref) < rank(known) ||
      (rank(ref) === rank(known) && ref.bundle.madeAtMs > known.bundle.madeAtMs);
    if (isBetter) this.#byAction.set(actionId, ref);
  }

  async #read(signal: AbortSignal): Promise<void> {
    for (const namespace of this.#options.namespaces) {
      // A segment may be merged away between the listing and the reading of it.
      if (!(await this.#readNamespace(namespace, signal))) await this.#readNamespace(namespace, signal);
    }
  }

  /** Whether all that was listed was there. */
  async #readNamespace(namespace: Namespace, signal: AbortSignal): Promise<boolean> {
    const listed = await this.#options.store.list(namespace, 'index', { signal });
    const known = this.#segments.get(namespace);
    const fresh = listed.filter(({ sha256 }) => !known?.has(sha256) && !this.#gone.has(sha256));
    let isComplete = true;
    for (let start = 0; start < fresh.length; start += atOnce) {
      const some = fresh.slice(start, start + atOnce);
      const found = await Promise.all(some.map((segment) => this.#readSegment(namespace, segment, signal)));
      isComplete &&= found.every(Boolean);
    }
    return isComplete;
  }

  async #readSegment(namespace: Namespace, segment: StoredSegment, signal: AbortSignal): Promise<boolean> {
    const { sha256 } = segment;
    const bytes = await this.#options.store.get({ namespace, kind: 'index', sha256 }, { signal });
    if (bytes === undefined) return false;
    try {
      if (createHash('sha256').update(bytes).digest('hex') === sha256) {
        this.add(namespace, { ...segment, bundles: parseSegment(bytes) });
        return true;
      }
    } catch (thrown) {
      if (!isGofleetError(thrown)) throw thrown;
    }
    this.#gone.add(sha256);
    this.#options.onCorrupt(namespace, segment);
    return true;
  }
}
