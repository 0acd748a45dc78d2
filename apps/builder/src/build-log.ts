import { type Log, withFacts } from '@gofleet/base/log';
import { identityOfBuild } from '@gofleet/inject/artefact-identity';
import type { GoBuild } from '@gofleet/inject/builds';

/** A log whose lines about a build tell which program it is of: build IDs and fingerprint beside its name. */
export function tellBuilds(log: Log, buildOf: (name: string) => GoBuild | undefined): Log {
  return withFacts(log, ({ build }) => {
    const known = typeof build === 'string' ? buildOf(build) : undefined;
    return known && identityOfBuild(known);
  });
}
