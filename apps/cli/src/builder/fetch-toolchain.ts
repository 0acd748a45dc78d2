import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtefactStore } from '@gofleet/build/ports';
import type { DigestsOf } from '@gofleet/builder/runtime-keeper';
import type { FetchToolchain } from '@gofleet/builder/toolchain-keeper';
import { InstallProgress } from '../toolchain/install-progress.ts';
import { fetchToolchainModule, releaseOf, toolchainSums } from '../toolchain/install-toolchain.ts';
import { findUpstreams } from '../toolchain/upstreams.ts';
import { buildPlatform } from './make-relink.ts';

/** Roles log; they draw no progress. */
const silent = { report: () => undefined, stop: () => undefined };

/** Asks the checksum database for the hashes of a release's module, for the platform that is built on. */
export function lookUpDigests(signal: AbortSignal): DigestsOf {
  return async (goVersion) => {
    const upstreams = await findUpstreams({ signal });
    return await toolchainSums({ release: releaseOf(goVersion), platform: buildPlatform, upstreams });
  };
}

/** Fetches toolchain modules that the checksum database confirms into the store of a builder. */
export function fetchToolchainInto(store: ArtefactStore, dir: string, signal: AbortSignal): FetchToolchain {
  return async (goVersion) => {
    await mkdir(dir, { recursive: true });
    const work = await mkdtemp(join(dir, 'toolchain-'));
    try {
      const file = join(work, 'module.zip');
      const request = {
        ...{ release: releaseOf(goVersion), platform: buildPlatform, signal },
        upstreams: await findUpstreams({ signal }),
        progress: new InstallProgress(silent, 'fetch'),
      };
      const { h1 } = await fetchToolchainModule(request, file);
      const { sha256, sizeBytes } = await store.put(file);
      return { artefact: sha256, arch: buildPlatform.arch, sizeBytes, h1 };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  };
}
