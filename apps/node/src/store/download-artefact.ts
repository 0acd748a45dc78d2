import type { Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';

const idleTimeoutMs = 30_000;

function unavailable(url: string, problem: string, cause?: unknown): GofleetError {
  return new GofleetError('node.artefact-unavailable', `${url}: ${problem}`, {
    facts: { url },
    retry: 'later',
    hint: 'see the log of the builder, and whether the node can reach its service',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Passes chunks on; aborts when none came for 30 s. */
async function* watchdog(body: AsyncIterable<Uint8Array>, url: string, abort: AbortController) {
  const timer = setTimeout(() => abort.abort(), idleTimeoutMs);
  try {
    for await (const chunk of body) {
      timer.refresh();
      yield chunk;
    }
  } catch (cause) {
    throw unavailable(url, 'the answer broke off', cause);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The content of an artefact as the builder serves it, unverified.
 * @throws `node.artefact-unavailable`
 */
export async function downloadArtefact(
  builderUrl: string,
  artefact: Sha256,
): Promise<AsyncIterable<Uint8Array>> {
  const url = `${builderUrl}/artefacts/${artefact}`;
  const abort = new AbortController();
  const headersTimer = setTimeout(() => abort.abort(), idleTimeoutMs);
  try {
    const answer = await fetch(url, { signal: abort.signal, redirect: 'error' });
    if (answer.status === 200 && answer.body) return watchdog(answer.body, url, abort);
    await answer.body?.cancel();
    throw unavailable(url, `expected status 200, found ${answer.status}`);
  } catch (thrown) {
    if (thrown instanceof GofleetError) throw thrown;
    throw unavailable(url, 'no answer', thrown);
  } finally {
    clearTimeout(headersTimer);
  }
}
