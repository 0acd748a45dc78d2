/** A platform as GOOS and GOARCH name it. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

const goOs: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };
const goArch: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  loong64: 'loong64',
  mipsel: 'mipsle',
};

/**
 * A platform from Node's names for it, `linux` and `x64`.
 * @see https://nodejs.org/api/process.html#processarch
 */
export function platformOfNode(host: { readonly platform: string; readonly arch: string }): Platform {
  return { os: goOs[host.platform] ?? host.platform, arch: goArch[host.arch] ?? host.arch };
}

/** The name under which a release for a platform is kept: `go1.26.8.linux-amd64`. */
export function toolchainName(goVersion: string, { os, arch }: Platform): string {
  return `${goVersion}.${os}-${arch}`;
}

const nameForm = /^(go[0-9][0-9a-z.]*)\.([a-z0-9]+)-([a-z0-9]+)$/;

/** The release and platform that a toolchain's name says; `undefined` when it is no such name. */
export function parseToolchainName(
  name: string,
): { readonly goVersion: string; readonly platform: Platform } | undefined {
  const [, goVersion, os, arch] = nameForm.exec(name) ?? [];
  if (goVersion === undefined || os === undefined || arch === undefined) return undefined;
  return { goVersion, platform: { os, arch } };
}
