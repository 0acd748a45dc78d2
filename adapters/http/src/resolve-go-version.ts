import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { exactGoVersion, parseGoConstraint } from '@gofleet/base/go-constraint';
import { type GoVersion, renderGoVersion } from '@gofleet/base/go-version';
import {
  chooseToolchain,
  parseToolchainList,
  toolchainModule,
  toolchainVersion,
} from '@gofleet/resolve/choose-toolchain';
import type { Platform } from '@gofleet/resolve/platform';
import type { GoProxyClient } from './goproxy-client.ts';

/** Whom to ask, and for which platform the toolchain has to run on. */
export interface ResolveOptions extends Platform {
  readonly client: GoProxyClient;
  readonly signal?: AbortSignal;
}

function noSuchVersion(constraint: string, why: string, cause?: unknown): GofleetError {
  return new GofleetError('resolve.no-such-go-version', `no Go release for "${constraint}": ${why}`, {
    facts: { constraint },
    hint: 'name a released Go version, such as 1.26.8, or a minor, such as 1.26',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Proves that a release is there by asking for it; proxies may refuse (403) what does not exist. */
async function requireRelease(
  release: GoVersion,
  constraint: string,
  options: ResolveOptions,
): Promise<void> {
  try {
    await options.client.info(toolchainModule, toolchainVersion(release, options), options.signal);
  } catch (thrown) {
    const codes = ['resolve.proxy-not-found', 'resolve.proxy-refused'];
    if (!isGofleetError(thrown) || !codes.includes(thrown.code)) throw thrown;
    throw noSuchVersion(constraint, `${renderGoVersion(release)} is not served (${thrown.message})`, thrown);
  }
}

async function listReleases(options: ResolveOptions): Promise<GoVersion[]> {
  return parseToolchainList(await options.client.list(toolchainModule, options.signal), options);
}

/**
 * The exact release that a version or constraint means today, `go1.26.8`.
 * @throws `resolve.no-such-go-version`, `base.malformed-go-constraint`, and the `resolve.proxy-…` codes of the client
 */
export async function resolveGoVersion(
  constraintText: string,
  options: ResolveOptions,
): Promise<{ goVersion: string }> {
  const constraint = parseGoConstraint(constraintText);
  const exact = exactGoVersion(constraint);
  const chosen = chooseToolchain(constraint, exact ? [] : await listReleases(options));
  if (!chosen) throw noSuchVersion(constraintText, 'none of those that the proxy lists satisfies it');
  if (exact) await requireRelease(exact, constraintText, options);
  return { goVersion: renderGoVersion(chosen) };
}
