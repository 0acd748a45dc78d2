import type { GoRuntime } from '../go-runtime.ts';
import type { Resolution } from '../runtime-status.ts';
import { wishedVersion } from './wished-version.ts';

/** An `h1:` hash as the checksum database has it. */
export const digestPattern = '^h1:[A-Za-z0-9+/]{43}=$';

/** The digest that a wish's channel pins its release to; `undefined` when it pins none. */
export function pinnedDigest({ spec, status }: GoRuntime): string | undefined {
  return spec.runtime?.channel === undefined ? undefined : status?.declaration?.digest;
}

/** What is to be resolved for a wish; `undefined` until it says a version. */
export function askedOf(runtime: GoRuntime): Pick<Resolution, 'requested' | 'digest'> | undefined {
  const requested = wishedVersion(runtime);
  const digest = pinnedDigest(runtime);
  if (requested === undefined) return undefined;
  return { requested, ...(digest === undefined ? {} : { digest }) };
}

/** Whether a resolution is of exactly what is wished now. */
export function isOfWish(runtime: GoRuntime, resolution: Resolution | undefined): boolean {
  const asked = askedOf(runtime);
  return resolution?.requested === asked?.requested && resolution?.digest === asked?.digest;
}

/** What the builder has resolved of exactly what is wished now; `undefined` until it has looked at that. */
export function currentResolution(runtime: GoRuntime): Resolution | undefined {
  const { resolution } = runtime.status ?? {};
  return isOfWish(runtime, resolution) ? resolution : undefined;
}

/** That a release is not the one that a channel pins, naming both; `undefined` when it is. `found` is what vouches for the release has. */
export function describeMismatch(
  { channel, digest }: { readonly channel: string; readonly digest: string },
  { goVersion, found }: { readonly goVersion: string; readonly found: readonly string[] },
): string | undefined {
  if (found.includes(digest)) return undefined;
  const has = found.length === 0 ? 'has no digest of it' : `has ${found.join(' or ')}`;
  return `GoChannel ${channel} pins the digest ${digest}, and for ${goVersion} on the builder's platform the checksum database ${has}: correct the channel's goVersion or digest`;
}
