import type { RemoteStore } from '@gofleet/build/cacheprog/ports';

/** What a build did with the cache; a line of JSON in the file of `--stats`. */
export class Counts {
  gets = 0;
  localHits = 0;
  remoteHits = 0;
  misses = 0;
  puts = 0;
  /** Of the whole process: what two builds at a time share cannot be divided. */
  networkCalls = 0;
  receivedBytes = 0;
  sentBytes = 0;
  corrupt = 0;
}

/** A store whose calls are counted. */
export function countCalls(store: RemoteStore, counts: Counts): RemoteStore {
  const counted = <T>(call: Promise<T>): Promise<T> => {
    counts.networkCalls += 1;
    return call;
  };
  return {
    name: store.name,
    get: async (key, options) => {
      const bytes = await counted(store.get(key, options));
      counts.receivedBytes += bytes?.length ?? 0;
      return bytes;
    },
    put: (key, bytes, options) => {
      counts.sentBytes += bytes.length;
      return counted(store.put(key, bytes, options));
    },
    list: (namespace, kind, options) => counted(store.list(namespace, kind, options)),
    remove: (key, options) => counted(store.remove(key, options)),
  };
}
