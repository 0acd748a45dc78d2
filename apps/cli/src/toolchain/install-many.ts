import type { GoVersion } from '@gofleet/base/go-version';
import type { Platform } from '@gofleet/resolve/platform';
import type { Context } from '../context.ts';
import { withBundle } from './bundle.ts';
import { chooseReleases, listRemote } from './choose-releases.ts';
import { InstallProgress } from './install-progress.ts';
import { type Installed, installToolchain } from './install-toolchain.ts';
import { findUpstreams, type Upstreams } from './upstreams.ts';

/** What `gofleet toolchain install` was asked for. */
export interface InstallManyRequest {
  readonly versions: readonly string[];
  readonly platform: Platform;
  /** Address of an index of archives. */
  readonly index?: string;
  /** A bundle, instead of the network. */
  readonly from?: string;
}

const inFlight = 2;

/** Installs releases, two at a time. When one fails the others still end, then the failure is thrown. */
async function installAll(
  releases: readonly GoVersion[],
  { upstreams, platform }: { upstreams: Upstreams; platform: Platform },
  context: Context,
): Promise<Installed[]> {
  const progress = new InstallProgress(context.progress, 'install');
  const queue = releases.entries();
  const installed: Installed[] = [];
  const work = async (): Promise<void> => {
    for (const [at, release] of queue) {
      installed[at] = await installToolchain({
        release,
        platform,
        upstreams,
        progress,
        signal: context.signal,
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: inFlight }, work));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return installed;
}

/**
 * Installs what versions mean, from upstreams or a bundle; of a bundle all that it has, when none is named.
 * @throws as `installToolchain`
 */
export async function installMany(request: InstallManyRequest, context: Context): Promise<Installed[]> {
  const { versions, platform, index, from } = request;
  const { signal, progress } = context;
  if (from !== undefined) {
    progress.report({ step: `unpack ${from}` });
    return withBundle(from, { platform, signal }, async (upstreams, bundled) => {
      const releases = versions.length === 0 ? bundled : await chooseReleases(versions, async () => bundled);
      return installAll(releases, { upstreams, platform }, context);
    });
  }
  const upstreams = await findUpstreams({ ...(index === undefined ? {} : { index }), signal });
  const releases = await chooseReleases(versions, () => {
    progress.report({ step: 'ask which releases there are' });
    return listRemote(upstreams, platform, signal);
  });
  return installAll(releases, { upstreams, platform }, context);
}
