import { appendFileSync } from 'node:fs';
import type { RemoteSpec } from '@gofleet/build/cacheprog/remote-spec';
import { LocalTier } from '@gofleet/filesystem/local-tier';
import { BundleThreads } from './bundle-threads.ts';
import { CacheSession } from './cache-session.ts';
import { type CacheprogOptions, tierDir } from './cacheprog-options.ts';
import { Counts } from './counts.ts';
import { openRemoteStore } from './open-remote-store.ts';
import { RemoteCache } from './remote-cache.ts';

/** Where a build's `go` command listens. */
export interface GoSide {
  readonly write: (text: string) => void;
  readonly say: (line: string) => void;
}

/** What all builds of a process share. */
export interface BuildCache {
  begin(side: GoSide): CacheSession;
  /** Ends all that goes on. */
  stop(): void;
}

/** What a session did, for whoever counts. A file that cannot be written fails no build. */
function writeStats(file: string, session: CacheSession): void {
  try {
    appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), ...session.counts })}\n`);
  } catch (thrown) {
    session.say(`no statistics: ${(thrown as Error).message}`);
  }
}

/**
 * Opens the cache that options and environment describe.
 * @throws `cli.no-credentials`, `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`
 */
export async function openBuildCache(
  options: CacheprogOptions & { readonly backgroundMs: number },
  env: Readonly<Record<string, string | undefined>>,
): Promise<BuildCache> {
  const stopping = new AbortController();
  const sessions = new Set<CacheSession>();
  const tier = new LocalTier({
    dir: tierDir(options),
    maxBytes: options.max,
    onDropped: ({ path, found }) => {
      for (const session of sessions) {
        session.counts.corrupt += 1;
        session.say(`a damaged object is removed: ${path} has sha256 ${found}`);
      }
    },
  });
  const openRemote = async (spec: RemoteSpec): Promise<RemoteCache> => {
    const counts = new Counts();
    return new RemoteCache({
      ...{ store: await openRemoteStore(spec, env), threads: new BundleThreads(spec, counts), counts },
      ...{ own: options.namespace, others: options.read },
      ...{ isReadOnly: options.readOnly, signal: stopping.signal },
    });
  };
  const remote = options.remote && (await openRemote(options.remote));
  return {
    begin: (side) => {
      const session: CacheSession = new CacheSession({
        ...{ tier, patienceMs: options.wait * 1000, flushMs: options.flush * 1000, ...side },
        backgroundMs: options.backgroundMs,
        onCounted: () => {
          if (options.stats !== undefined) writeStats(options.stats, session);
        },
        ...(remote === undefined ? {} : { remote }),
      });
      sessions.add(session);
      void session.closed.then(() => sessions.delete(session));
      return session;
    },
    stop: () => {
      stopping.abort();
      remote?.threads.stop();
    },
  };
}
