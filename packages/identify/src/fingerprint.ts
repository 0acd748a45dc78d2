import { sha256Hex } from '#sha256';
import type { BuildInfo, GoModule } from './binary-facts.ts';
import { renderBuildInfo } from './build-info.ts';

/** That of nothing. */
const withoutModules = sha256Hex('').slice(0, 12);

/**
 * The module graph's fingerprint: the first 12 hexadecimal digits of sha256 over `path@version` of the dependencies in recorded
 * order, joined by `;`. Versions are the required ones, not those of replacements. In a program: over `info.Deps` of
 * `debug.ReadBuildInfo()`.
 */
export function modulesFingerprint(deps: readonly GoModule[]): string {
  return deps.length === 0
    ? withoutModules
    : sha256Hex(deps.map(({ path, version }) => `${path}@${version}`).join(';')).slice(0, 12);
}

/**
 * The whole build's fingerprint, 64 hexadecimal digits: sha256 over the text that `debug.BuildInfo.String()` gives, which is the
 * line `go<TAB>version` and then the recorded lines, an empty one behind every replacement. In a program: `sha256.Sum256([]byte(info.String()))`.
 * @see Go src/runtime/debug/mod.go BuildInfo.String (go1.26)
 */
export function fullFingerprint(info: BuildInfo): string {
  return sha256Hex(`go\t${info.goVersion}\n${renderBuildInfo(info)}`);
}
