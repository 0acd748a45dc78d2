/**
 * The modules that a Kubernetes release's go.mod replaces by folders of its own tree (`k8s.io/api => ./staging/…`),
 * sorted. Outside that tree each is a published module of its own.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.36.3/go.mod
 */
export function parseStagedModules(goMod: string): string[] {
  const staged = goMod.matchAll(/^\s*(?:replace\s+)?(k8s\.io\/[\w.-]+)\s+=>\s+\.\/staging\//gm);
  return [...new Set([...staged].map((match) => match[1] as string))].sort();
}

/**
 * The go.mod of a module that builds a Kubernetes release from its published modules: staged modules of release
 * 1.X.Y are published as v0.X.Y, but for those of `moduleVersions`, which names further modules too. With a `folder`, the release itself is taken from there.
 */
export function renderKubernetesGoMod(from: {
  version: string;
  goLine: string;
  goMod: string;
  moduleVersions?: Readonly<Record<string, string>> | undefined;
  folder?: string;
}): string {
  const staged = parseStagedModules(from.goMod);
  const stagedVersion = from.version.replace(/^1\./, '0.');
  const versions = Object.fromEntries(staged.map((module) => [module, stagedVersion]));
  const replaces = Object.entries({ ...versions, ...from.moduleVersions }).map(
    ([module, version]) => `\t${module} => ${module} v${version}`,
  );
  if (from.folder !== undefined) replaces.push(`\tk8s.io/kubernetes => ${from.folder}`);
  return `${renderGoMod({
    module: 'gofleet.dev/lab/kubernetes',
    goLine: from.goLine,
    require: ['k8s.io/kubernetes', from.version],
  })}\nreplace (\n${replaces.join('\n')}\n)\n`;
}

/** The go.mod of a module that requires one other and nothing else. */
export function renderGoMod(from: { module: string; goLine: string; require?: [string, string] }): string {
  const require = from.require ? `\nrequire ${from.require[0]} v${from.require[1]}\n` : '';
  return `module ${from.module}\n\ngo ${from.goLine}\n${require}`;
}
