import { parentPort, workerData } from 'node:worker_threads';
import { errorToJson, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import type { BundleEntry } from '@gofleet/build/cacheprog/bundle';
import type { RemoteKey } from '@gofleet/build/cacheprog/remote-key';
import type { RemoteSpec } from '@gofleet/build/cacheprog/remote-spec';
import { createOutput } from '@gofleet/filesystem/output-file';
import { openRemoteStore } from './open-remote-store.ts';
import { unpackObjects } from './pack-objects.ts';

/** A bundle to fetch, and where to put what is in it. */
export interface BundleTask {
  readonly key: RemoteKey;
  readonly dir: string;
  /** Seconds since 1970. */
  readonly usedAt: number;
}

/** What a fetched bundle had in it. */
export interface FetchedBundle {
  readonly receivedBytes: number;
  /** Without identity when there was a file already. */
  readonly objects: readonly (BundleEntry & { readonly identity: string | undefined })[];
  /** What is damaged, if anything; it is not among the objects. */
  readonly problem?: string;
}

/** Frees memory that a garbage collection would find much later: the next bundle gets the same pages. */
function free(bytes: Uint8Array): void {
  // Small arrays are parts of one that others use.
  if (bytes.byteLength > 1 << 20) (bytes.buffer as ArrayBuffer).transfer(0);
}

function unpack(bytes: Uint8Array, { dir, usedAt }: BundleTask): Omit<FetchedBundle, 'receivedBytes'> {
  try {
    const { entries, outputs, content, corrupt } = unpackObjects(bytes);
    const identities = new Map(
      outputs.map(({ outputId, body }) => [outputId, createOutput(dir, { outputId, body, usedAt })]),
    );
    free(content);
    const objects = entries.map((entry) => ({ ...entry, identity: identities.get(entry.outputId) }));
    const problem = `${corrupt} objects in it have another hash than they should`;
    return { objects, ...(corrupt === 0 ? {} : { problem }) };
  } catch (thrown) {
    if (isGofleetError(thrown)) return { objects: [], problem: thrown.message };
    throw writeError(dir, thrown);
  }
}

const { signal } = new AbortController();
const store = openRemoteStore(workerData as RemoteSpec, process.env);

async function fetchBundle(task: BundleTask): Promise<FetchedBundle | undefined> {
  const bytes = await (await store).get(task.key, { signal });
  if (bytes === undefined) return undefined;
  const receivedBytes = bytes.length;
  const unpacked = unpack(bytes, task);
  free(bytes);
  return { receivedBytes, ...unpacked };
}

parentPort?.on('message', async ({ id, task }: { id: number; task: BundleTask }) => {
  try {
    parentPort?.postMessage({ id, fetched: await fetchBundle(task) });
  } catch (thrown) {
    parentPort?.postMessage({ id, failure: errorToJson(toGofleetError(thrown)) });
  }
});
