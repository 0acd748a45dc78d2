/** A checksum database as it is reached: directly, through a proxy, or out of a bundle. */
export interface SumdbRemote {
  /**
   * The bytes at a path such as `lookup/MODULE@VERSION` or `tile/8/0/123`.
   * @throws `resolve.proxy-not-found` when there is nothing, the other `resolve.proxy-…` codes
   */
  read(path: string, signal?: AbortSignal): Promise<Uint8Array>;
}

/** What is remembered of a checksum database between runs. */
export interface SumdbMemory {
  /** The newest signed tree head that was ever proved; `undefined` the first time. */
  readLatest(): Promise<string | undefined>;
  writeLatest(note: string): Promise<void>;
  /** Answers and tiles that were proved; `undefined` when there is nothing at the path. */
  readCache(path: string): Promise<Uint8Array | undefined>;
  writeCache(path: string, bytes: Uint8Array): Promise<void>;
}
