import type { Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { SingleFlight } from '@gofleet/base/single-flight';
import { type ArtefactStore, maxArtefactBytes } from '@gofleet/build/ports';

export interface ObtainOptions {
  readonly store: Pick<ArtefactStore, 'get' | 'put'>;
  /** The content from elsewhere, not to be trusted. */
  readonly download: (artefact: Sha256) => Promise<AsyncIterable<Uint8Array>>;
  /** A longer download is refused; default {@link maxArtefactBytes}. */
  readonly maxBytes?: number;
  readonly log: Log;
}

/**
 * Path of an artefact, its content verified.
 * @throws `node.artefact-unavailable`, `node.artefact-too-large`, `build.wrong-digest`, `build.store-failed`, `build.disk-full`
 */
export type Obtain = (artefact: Sha256) => Promise<string>;

/** Passes chunks on up to a size. */
async function* bound(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes)
      throw new GofleetError(
        'node.artefact-too-large',
        `an artefact is at most ${maxBytes} bytes, found more`,
      );
    yield chunk;
  }
}

/**
 * Obtains artefacts from the store, else by download: absent and corrupt ones are fetched, and callers that ask at the same
 * time share one fetch.
 */
export function createObtain({ store, download, maxBytes = maxArtefactBytes, log }: ObtainOptions): Obtain {
  const inFlight = new SingleFlight<string>();
  const obtain = async (artefact: Sha256): Promise<string> => {
    const known = await store.get(artefact);
    if (known) return known.path;
    const startedAt = performance.now();
    const content = bound(await download(artefact), maxBytes);
    const { path, sizeBytes } = await store.put(content, { sha256: artefact });
    const durationMs = Math.round(performance.now() - startedAt);
    log('info', 'fetched', { artefact, sizeBytes, durationMs });
    return path;
  };
  return (artefact) => inFlight.run(artefact, () => obtain(artefact));
}
