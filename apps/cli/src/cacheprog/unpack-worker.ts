import { parentPort } from 'node:worker_threads';
import { isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import type { BundleEntry } from '@gofleet/build/cacheprog/bundle';
import { createOutput } from '@gofleet/filesystem/output-file';
import { unpackObjects } from './pack-objects.ts';

/** A bundle to unpack, and where to. */
export interface UnpackTask {
  readonly bytes: Uint8Array;
  readonly dir: string;
  /** Seconds since 1970. */
  readonly usedAt: number;
}

/** What an unpacked bundle had in it. */
export interface UnpackedBundle {
  /** Without identity when there was a file already. */
  readonly objects: readonly (BundleEntry & { readonly identity: string | undefined })[];
  /** What is damaged, if anything; it is not among the objects. */
  readonly problem?: string;
}

function unpack({ bytes, dir, usedAt }: UnpackTask): UnpackedBundle {
  try {
    const { entries, outputs, corrupt } = unpackObjects(bytes);
    const identities = new Map(
      outputs.map(({ outputId, body }) => [outputId, createOutput(dir, { outputId, body, usedAt })]),
    );
    const objects = entries.map((entry) => ({ ...entry, identity: identities.get(entry.outputId) }));
    const problem = `${corrupt} objects in it have another hash than they should`;
    return { objects, ...(corrupt === 0 ? {} : { problem }) };
  } catch (thrown) {
    if (isGofleetError(thrown)) return { objects: [], problem: thrown.message };
    throw writeError(dir, thrown);
  }
}

// Hashing and writing hundreds of megabytes is not for the thread that answers the go command.
parentPort?.on('message', ({ id, task }: { id: number; task: UnpackTask }) => {
  try {
    parentPort?.postMessage({ id, unpacked: unpack(task) });
  } catch (thrown) {
    parentPort?.postMessage({ id, failure: (thrown as Error).message });
  }
});
