import type { Sha256 } from '@gofleet/base/digest';
import { withFacts } from '@gofleet/base/log';
import { fakeSha256 } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { createObtain } from './obtain-artefact.ts';

const artefact = fakeSha256('an artefact') as Sha256;

test('what is fetched is told once, with which build it is; what is there already is not', async () => {
  const stored = new Map<string, { path: string; sha256: string; sizeBytes: number }>();
  const lines: unknown[] = [];
  const log = withFacts(
    (level, message, facts) => lines.push({ level, message, ...facts }),
    ({ artefact: named }) => (named === artefact ? { buildId: 'a/b/c/d', fingerprint: 'f' } : undefined),
  );
  const obtain = createObtain({
    store: {
      get: async (sha256) => stored.get(sha256),
      put: async (_, expected) => {
        const entry = { path: '/store/x', sha256: expected?.sha256 ?? '', sizeBytes: 3 };
        stored.set(entry.sha256, entry);
        return entry;
      },
    },
    download: async () =>
      (async function* () {
        yield Buffer.from('abc');
      })(),
    log,
  });
  await Promise.all([obtain(artefact), obtain(artefact)]);
  await obtain(artefact);
  expect(lines).toEqual([
    {
      ...{ level: 'info', message: 'fetched', artefact, sizeBytes: 3 },
      ...{ durationMs: expect.any(Number), buildId: 'a/b/c/d', fingerprint: 'f' },
    },
  ]);
});
