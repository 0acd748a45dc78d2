import { GofleetError } from '@gofleet/base/errors';
import { mainModuleOf, type RelinkOriginal } from '../relink-original.ts';
import { sourceLabels } from './source-labels.ts';
import type { SourceSpec } from './source-spec.ts';
import { vcsFactsOf } from './vcs-facts.ts';
import { isPublishable } from './wrapper.ts';

/** What points to a source besides the executable. */
export interface SourceHints {
  /** What the user named; nothing else is tried then. */
  readonly given?: SourceSpec;
  /** Labels of the image that holds the executable, or annotations of the workload. @see OCI image spec, annotations.md */
  readonly labels?: Readonly<Record<string, string>>;
}

function moduleAt(path: string, queries: readonly string[]): SourceSpec[] {
  return [...new Set(queries)].map((query) => ({ kind: 'module', path, query }));
}

const setVersion = /-X[= ]\s*["']?([^\s="']+)=v?(\d+\.\d+\.\d+(?:[-.]\w+)*)["']?(?=\s|$)/g;

/** What recorded link flags say of the version: `-X main.version=1.2.3`. */
function namedByLinkFlags({ settings }: RelinkOriginal): string[] {
  return [...(settings['-ldflags'] ?? '').matchAll(setVersion)].flatMap(([, name = '', version = '']) =>
    /version|release|tag|descri/i.test(name) && !/go.?version/i.test(name) ? [`v${version}`] : [],
  );
}

/** The stamped version, the commit, and the version of the commit's time where a proxy does not answer for commits. */
function fromVcs(original: RelinkOriginal, path: string): SourceSpec[] {
  const { main, settings } = original;
  const revision = settings['vcs.revision'] ?? '';
  const version = main?.version.replace(/\+(?!incompatible).*$/, '') ?? '';
  const isStamped = /^v\d/.test(version);
  if (isStamped) return moduleAt(path, [version, revision]);
  return [...moduleAt(path, [revision, ...namedByLinkFlags(original)]), { kind: 'versions', path }];
}

/** Labels are words of whoever built the image, or runs it; only the module's own path is asked for what they name. */
function namedByLabels(labels: Readonly<Record<string, string>>): string[] {
  const [version = '', revision = ''] = [labels[sourceLabels.version], labels[sourceLabels.revision]];
  const isVersion = /^v?\d+\.\d+\.\d+[\w.-]*$/.test(version);
  const isRevision = /^[0-9a-f]{7,40}$/.test(revision);
  return [
    ...(isRevision ? [revision] : []),
    ...(isVersion ? [version.startsWith('v') ? version : `v${version}`] : []),
  ];
}

function refuse(original: RelinkOriginal, reason: string): GofleetError {
  const { provenance, package: path, main } = original;
  return new GofleetError('build.no-provenance', `cannot be rebuilt from its build info: ${reason}`, {
    facts: { class: provenance.class, reason, package: path, module: main?.path },
    hint: 'name its source with --source: a directory, a zip file, a git repository or MODULE@VERSION',
  });
}

/** The repository that a user named, at the commit that the original records when none was named. */
function atRecordedCommit(source: SourceSpec, { settings }: RelinkOriginal): SourceSpec {
  if (source.kind !== 'git' || source.revision !== '') return source;
  return { ...source, revision: settings['vcs.revision'] ?? '' };
}

/**
 * Where the source of an original may be had, likeliest first; never empty.
 * @throws `build.no-provenance` when nothing points to one
 */
export function listSources(
  original: RelinkOriginal,
  { given, labels = {} }: SourceHints = {},
): SourceSpec[] {
  const { provenance, package: path } = original;
  const main = mainModuleOf(original);
  if (!main || path === '') throw refuse(original, provenance.reason);
  if (given) return [atRecordedCommit(given, original)];
  if (!isPublishable(main.path)) return [{ kind: 'wrapper' }];
  switch (provenance.class) {
    case 'released-module':
      return [{ kind: 'release' }, { kind: 'dependency' }];
    case 'dirty-checkout':
    case 'local-replace':
      // What made it dirty is often nothing that is compiled, such as a release tool's own folder; what was replaced may be a
      // module of the same repository. The proof tells.
      if (vcsFactsOf(original)) return fromVcs(original, main.path);
      throw refuse(original, provenance.reason);
    default:
      if (vcsFactsOf(original)) return fromVcs(original, main.path);
      return [
        ...moduleAt(main.path, [...namedByLabels(labels), ...namedByLinkFlags(original)]),
        { kind: 'versions', path: main.path },
      ];
  }
}
