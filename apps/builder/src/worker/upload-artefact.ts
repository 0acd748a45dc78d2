import { openAsBlob } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GofleetError } from '@gofleet/base/errors';
import type { RelinkArtefact } from '@gofleet/build/relink';

const tries = 40;
const waitMs = 250;

function refused(url: string, problem: string, cause?: unknown): GofleetError {
  return new GofleetError('builder.artefact-refused', `${url}: ${problem}`, {
    facts: { url },
    retry: 'later',
    hint: 'see the log of the builder, and whether the worker can reach its service',
    ...(cause === undefined ? {} : { cause }),
  });
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'error' });
  } catch (cause) {
    init.signal?.throwIfAborted();
    throw refused(url, 'no answer', cause);
  }
}

/**
 * Hands an artefact in at the builder, unless that has it. The builder may not have heard yet that it was announced.
 * @throws `builder.artefact-refused`
 */
export async function uploadArtefact(
  builderUrl: string,
  { path, sha256 }: Pick<RelinkArtefact, 'path' | 'sha256'>,
  signal: AbortSignal,
): Promise<void> {
  const url = `${builderUrl}/artefacts/${sha256}`;
  const known = await request(url, { method: 'HEAD', signal });
  if (known.ok) return;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await request(url, { method: 'PUT', body: await openAsBlob(path), signal });
    const said = (await answer.text()).slice(0, 300).trim();
    if (answer.ok) return;
    if (answer.status !== 409 || attempt === tries)
      throw refused(url, `expected status 201, found ${answer.status}: ${said}`);
    await sleep(waitMs, undefined, { signal });
  }
}
