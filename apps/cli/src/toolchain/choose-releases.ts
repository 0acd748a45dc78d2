import { GofleetError } from '@gofleet/base/errors';
import { compareGoVersions, type GoVersion, parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import { type InstalledToolchain, listInstalledToolchains } from '@gofleet/filesystem/toolchain-store';
import { parseToolchainList, toolchainModule } from '@gofleet/resolve/choose-toolchain';
import type { Platform } from '@gofleet/resolve/platform';
import { chooseRelease, parseToolchainWish } from '@gofleet/resolve/toolchain/wish';
import { exactRelease } from './find-installed.ts';
import { noUpstream, type Upstreams } from './upstreams.ts';

/** The releases that upstreams have for a platform, oldest first. @throws `resolve.no-upstream`, those of the proxies */
export async function listRemote(
  upstreams: Upstreams,
  platform: Platform,
  signal: AbortSignal,
): Promise<GoVersion[]> {
  if (!upstreams.proxy && upstreams.indexUrl === undefined) throw noUpstream();
  const listed = upstreams.proxy
    ? parseToolchainList(await upstreams.proxy.list(toolchainModule, signal), platform)
    : [];
  const archived = (await upstreams.archives())
    .filter((archive) => archive.platform.os === platform.os && archive.platform.arch === platform.arch)
    .map(({ release }) => release);
  const byName = new Map([...listed, ...archived].map((release) => [renderGoVersion(release), release]));
  return [...byName.values()].sort(compareGoVersions);
}

function noneFor(text: string, where: string): GofleetError {
  return new GofleetError('resolve.no-such-go-version', `no Go release for "${text}": ${where}`, {
    facts: { constraint: text },
    hint: 'name a release (1.26.8), a minor (1.26), stable, oldstable or a range (">=1.25.3 <1.27")',
  });
}

/** The releases that versions mean today, each once; upstreams are asked only when one is not exact. */
export async function chooseReleases(
  texts: readonly string[],
  list: () => Promise<readonly GoVersion[]>,
): Promise<GoVersion[]> {
  const chosen = new Map<string, GoVersion>();
  for (const text of texts) {
    const wish = parseToolchainWish(text);
    const release = exactRelease(wish) ?? chooseRelease(wish, await list());
    if (!release) throw noneFor(text, 'none that is offered satisfies it');
    chosen.set(renderGoVersion(release), release);
  }
  return [...chosen.values()];
}

/**
 * The installed toolchain that a version means.
 * @throws `resolve.not-installed`, `base.malformed-go-constraint`
 */
export async function requireInstalled(text: string, platform: Platform): Promise<InstalledToolchain> {
  const { os, arch } = platform;
  const all = await listInstalledToolchains();
  const here = all.filter((it) => it.platform.os === os && it.platform.arch === arch);
  const release = chooseRelease(
    parseToolchainWish(text),
    here.flatMap(({ goVersion }) => parseGoVersion(goVersion) ?? []),
  );
  const found = release && here.find(({ goVersion }) => goVersion === renderGoVersion(release));
  if (found) return found;
  throw new GofleetError(
    'resolve.not-installed',
    `no installed Go toolchain for "${text}" on ${os}/${arch}`,
    {
      facts: { constraint: text, platform: `${os}/${arch}` },
      hint: `gofleet toolchain install ${text.includes(' ') || /[<>!]/.test(text) ? `"${text}"` : text}`,
    },
  );
}
