import type { Sha256 } from '@gofleet/base/digest';
import type { Namespace } from './namespace.ts';
import type { RemoteKey, RemoteKind } from './remote-key.ts';

/** How a request to a remote cache is bounded. */
export interface RemoteOptions {
  readonly signal: AbortSignal;
}

/**
 * A place that many machines reach. Its methods throw `build.remote-unreachable` (try later), `build.remote-refused` (403 and
 * other final answers) and `build.remote-malformed`.
 */
export interface RemoteStore {
  /** Without secrets, for messages. */
  readonly name: string;
  /** The bytes; `undefined` when they are not there. Not verified. */
  get(key: RemoteKey, options: RemoteOptions): Promise<Uint8Array | undefined>;
  put(key: RemoteKey, bytes: Uint8Array, options: RemoteOptions): Promise<void>;
  /** What there is of a kind in a namespace. */
  list(
    namespace: Namespace,
    kind: RemoteKind,
    options: RemoteOptions,
  ): Promise<readonly { readonly sha256: Sha256; readonly sizeBytes: number }[]>;
  /** No error when it is not there. */
  remove(key: RemoteKey, options: RemoteOptions): Promise<void>;
}

/** What a server keeps for its clients, where it listens on this machine. */
export interface ObjectFolder {
  /** The file and its length; counts as a use. */
  find(key: RemoteKey): Promise<{ readonly path: string; readonly sizeBytes: number } | undefined>;
  /** @throws `build.wrong-digest`, `filesystem.disk-full`, `filesystem.cannot-write` */
  put(key: RemoteKey, content: AsyncIterable<Uint8Array>): Promise<void>;
  list(
    namespace: Namespace,
    kind: RemoteKind,
  ): Promise<readonly { readonly sha256: Sha256; readonly sizeBytes: number }[]>;
  remove(key: RemoteKey): Promise<void>;
}

/** An object of the cache as the compiler may see it. */
export interface CachedObject {
  readonly outputId: string;
  readonly sizeBytes: number;
  readonly addedAtNs: bigint;
  readonly path: string;
}

/** An object to keep. */
export interface NewObject {
  readonly actionId: string;
  readonly outputId: string;
  readonly body: Uint8Array;
  readonly addedAtNs: bigint;
}
