import { sha256Hex } from '#sha256';
import type { BuildInfo, GoModule } from './binary-facts.ts';
import { renderBuildInfo } from './build-info.ts';

/** The beginning of the sha256 of nothing. */
const withoutModules = 'e3b0c44298fc';

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

/** Module text as Go writes it, without replacements and quotes: what a program prints of itself is the same text. */
const plainText =
  /^(path\t.+\n)?(mod\t[^\t\n]*\t[^\t\n]*\t[^\t\n]*\n)?(dep\t[^\t\n]*\t[^\t\n]*\t[^\t\n]*\n)*(build\t[^\n"`]*\n)*$/;
/** Longer ones would be too much for the pattern. */
const maxPlainText = 64 << 10;

/**
 * The whole build's fingerprint, 64 hexadecimal digits: sha256 over the text that `debug.BuildInfo.String()` gives, which is the
 * line `go<TAB>version` and then the recorded lines, an empty one behind every replacement. In a program: `sha256.Sum256([]byte(info.String()))`.
 * @see Go src/runtime/debug/mod.go BuildInfo.String (go1.26)
 */
export function fullFingerprint(info: BuildInfo): string {
  const { goVersion, text } = info;
  const isPlain = text.length <= maxPlainText && plainText.test(text);
  return sha256Hex(`go\t${goVersion}\n${isPlain ? text : renderBuildInfo(info)}`);
}
