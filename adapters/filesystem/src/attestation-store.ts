import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseSha256 } from '@gofleet/base/digest';
import type { AttestationStore } from '@gofleet/build/ports';
import { storeFailed } from './artefact-store.ts';

/**
 * Attestations in the folder of an artefact store: `attestations/<2>/<62>.intoto.json`.
 * @param dir - the store's
 */
export function createAttestationStore(dir: string): AttestationStore {
  const pathOf = (digest: string): string => {
    const sha256 = parseSha256(digest);
    return join(dir, 'attestations', sha256.slice(0, 2), `${sha256.slice(2)}.intoto.json`);
  };
  return {
    async find(sha256) {
      const path = pathOf(sha256);
      const text = await readFile(path, 'utf8').catch(() => undefined);
      return text === undefined ? undefined : { path, text };
    },
    async put(sha256, text) {
      const path = pathOf(sha256);
      const temporary = `${path}.${randomBytes(6).toString('hex')}`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(temporary, text, { flag: 'wx' });
        await rename(temporary, path);
      } catch (thrown) {
        throw storeFailed(dir, thrown);
      } finally {
        await rm(temporary, { force: true }).catch(() => undefined);
      }
      return { path, text };
    },
  };
}
