import { hash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseSha256, type Sha256 } from '@gofleet/base/digest';
import { type GofleetError, toGofleetError } from '@gofleet/base/errors';
import { type BundleEntry, maxBundleBytes } from '@gofleet/build/cacheprog/bundle';
import {
  type IndexedBundle,
  mergeSegments,
  planMerge,
  renderSegment,
} from '@gofleet/build/cacheprog/index-segment';
import type { Namespace } from '@gofleet/build/cacheprog/namespace';
import type { RemoteStore } from '@gofleet/build/cacheprog/ports';
import { maxRemoteBytes, type RemoteKind } from '@gofleet/build/cacheprog/remote-key';
import { packObjects } from './pack-objects.ts';
import type { RemoteIndex } from './remote-index.ts';

export interface UploaderOptions {
  readonly store: RemoteStore;
  readonly index: RemoteIndex;
  readonly namespace: Namespace;
  readonly signal: AbortSignal;
  /** Told once, when nothing more is uploaded in this build. */
  readonly onProblem: (error: GofleetError) => void;
}

/** Something that a build made, and its file. */
export interface MadeObject extends BundleEntry {
  readonly path: string;
}

/** A bundle holds so much, before it is compressed: few requests, and soon unpacked. */
const bundleBytes = 16 << 20;

const digestOf = (bytes: Uint8Array): Sha256 => parseSha256(hash('sha256', bytes));

/** Carries what one build makes to the remote cache, in bundles and one after the other. */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #build = randomBytes(8).toString('hex');
  readonly #uploaded: IndexedBundle[] = [];
  #pending: MadeObject[] = [];
  #pendingBytes = 0;
  #sequence = 0;
  #work: Promise<void> = Promise.resolve();
  #isBroken = false;
  #waiting = 0;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  /** Objects that are not safe in the remote cache yet. */
  get waiting(): number {
    return this.#waiting;
  }

  add(object: MadeObject): void {
    const known = this.#options.index.find(object.actionId);
    if (this.#isBroken || known?.namespace === this.#options.namespace || object.sizeBytes > maxBundleBytes)
      return;
    if (this.#pendingBytes + object.sizeBytes > maxBundleBytes) this.#pack();
    this.#pending.push(object);
    this.#pendingBytes += object.sizeBytes;
    this.#waiting += 1;
    if (this.#pendingBytes >= bundleBytes) this.#pack();
  }

  /** Ends when everything is uploaded and can be found, or cannot be. */
  async flush(): Promise<void> {
    if (this.#pending.length > 0) this.#pack();
    await this.#then(async () => {
      if (this.#uploaded.length > 0) await this.#publish(this.#uploaded);
    });
    await this.#then(() => this.#merge());
    this.#waiting = 0;
  }

  #pack(): void {
    const objects = this.#pending;
    [this.#pending, this.#pendingBytes] = [[], 0];
    void this.#then(() => this.#upload(objects, this.#sequence++));
  }

  /** Does something after all that was asked for before, unless one of them failed. */
  #then(step: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#isBroken) return;
      try {
        await step();
      } catch (thrown) {
        this.#isBroken = true;
        this.#options.onProblem(toGofleetError(thrown));
      }
    });
    return this.#work;
  }

  async #upload(objects: readonly MadeObject[], sequence: number): Promise<void> {
    const bodies = new Map<string, Uint8Array>();
    for (const { outputId, path } of objects) {
      const body = bodies.has(outputId) ? undefined : await readFile(path).catch(() => undefined);
      if (body !== undefined && hash('sha256', body) === outputId) bodies.set(outputId, body);
    }
    // What was trimmed away or damaged meanwhile is left out.
    const entries = objects.filter(({ outputId }) => bodies.has(outputId));
    const bytes = await packObjects(entries, bodies);
    if (entries.length === 0 || bytes.length > maxRemoteBytes) return;
    const sha256 = await this.#put('bundles', bytes);
    const actionIds = entries.map(({ actionId }) => actionId);
    this.#uploaded.push({ sha256, build: this.#build, sequence, madeAtMs: Date.now(), actionIds });
  }

  async #put(kind: RemoteKind, bytes: Uint8Array): Promise<Sha256> {
    const { store, namespace, signal } = this.#options;
    const sha256 = digestOf(bytes);
    await store.put({ namespace, kind, sha256 }, bytes, { signal });
    return sha256;
  }

  async #publish(bundles: readonly IndexedBundle[]): Promise<Sha256> {
    const bytes = renderSegment(bundles);
    const sha256 = await this.#put('index', bytes);
    this.#options.index.add(this.#options.namespace, { sha256, sizeBytes: bytes.length, bundles });
    return sha256;
  }

  /** Writes many small segments anew as one. Two builds may do so at once: both results are whole. */
  async #merge(): Promise<void> {
    const { store, index, namespace, signal } = this.#options;
    const segments = index.segments(namespace);
    const replaced = new Set(planMerge(segments).map(({ sha256 }) => sha256));
    if (replaced.size === 0) return;
    const merged = mergeSegments(
      segments.filter(({ sha256 }) => replaced.has(sha256)).map(({ bundles }) => bundles),
    );
    replaced.delete(await this.#publish(merged));
    for (const sha256 of replaced) {
      index.drop(namespace, sha256);
      await store.remove({ namespace, kind: 'index', sha256 }, { signal });
    }
  }
}
