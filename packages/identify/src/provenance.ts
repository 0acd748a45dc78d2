import type { BuildInfo, GoModule, ProvenanceClass } from './binary-facts.ts';

/** What a rebuild of a binary would need, and the sign that says so. */
export interface Provenance {
  readonly class: ProvenanceClass;
  readonly reason: string;
}

type Rule = (info: BuildInfo, main: GoModule) => Provenance | undefined;

const localReplace: Rule = ({ deps, main }) => {
  const all = main ? [main, ...deps] : deps;
  const local = all.find(({ replace }) => replace && isLocalPath(replace.path));
  if (!local) return undefined;
  const reason = `${local.path} is replaced by the local directory ${local.replace?.path}`;
  return { class: 'local-replace', reason };
};

const dirty: Rule = ({ settings }, { version }) => {
  const modified = settings['vcs.modified'] === 'true';
  if (!modified && !version.includes('+dirty')) return undefined;
  return {
    class: 'dirty-checkout',
    reason: modified
      ? 'vcs.modified is true: uncommitted changes'
      : `the main module's version is ${version}: uncommitted changes`,
  };
};

const vendored: Rule = ({ deps }) => {
  const bare = deps.find((dep) => (dep.replace ?? dep).sum === undefined);
  if (!bare) return undefined;
  return { class: 'vendored', reason: `${bare.path} has no checksum: built from a vendor directory` };
};

const checkout: Rule = ({ settings }) => {
  const revision = settings['vcs.revision'];
  if (revision === undefined) return undefined;
  return { class: 'clean-checkout', reason: `built from ${settings.vcs ?? 'vcs'} revision ${revision}` };
};

const released: Rule = (_info, { path, version, sum }) => {
  if (sum === undefined || version === '' || version === '(devel)') return undefined;
  return { class: 'released-module', reason: `${path}@${version} has the checksum ${sum}` };
};

const rules: readonly Rule[] = [dirty, localReplace, vendored, checkout, released];

/** Whether a replacement names a directory rather than a module. @see golang.org/x/mod/modfile IsDirectoryPath */
function isLocalPath(path: string): boolean {
  return /^(\.{0,2}\/|\.\.?$|[A-Za-z]:[\\/])/.test(path);
}

/** The provenance class of a build, read from its build info alone. */
export function classifyProvenance(info: BuildInfo | undefined): Provenance {
  if (info === undefined || info.text === '') {
    return { class: 'unknown', reason: 'the binary records no module information' };
  }
  const { main } = info;
  if (main === undefined) {
    return { class: 'unknown', reason: `no main module is recorded for ${info.package || 'the program'}` };
  }
  for (const rule of rules) {
    const provenance = rule(info, main);
    if (provenance) return provenance;
  }
  const version = main.version === '' ? 'without a version' : `of version ${main.version}`;
  return { class: 'no-vcs', reason: `main module ${main.path} ${version}, no checksum and no VCS stamp` };
}
