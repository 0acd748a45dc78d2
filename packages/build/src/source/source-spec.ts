import { GofleetError } from '@gofleet/base/errors';

/** Where the source of an original may be had. It is a candidate until the proof build matches. */
export type SourceSpec =
  /** The released module itself: `go install path@version`. */
  | { readonly kind: 'release' }
  /** The released module, built as a dependency of another one: what release tools that prove their builds do. */
  | { readonly kind: 'dependency' }
  /** A main module that is published nowhere: made by a release tool around a dependency, and made so again. */
  | { readonly kind: 'wrapper' }
  /** The zip of a module as the module proxy has it, unpacked and built as a checkout. `query` is a version, tag or commit. */
  | { readonly kind: 'module'; readonly path: string; readonly query: string }
  /** Released versions of the main module whose go.mod names the dependencies that the original records. */
  | { readonly kind: 'versions'; readonly path: string }
  | { readonly kind: 'directory'; readonly path: string }
  /** A zip file, such as the module proxy and source hosts serve. */
  | { readonly kind: 'archive'; readonly path: string }
  /** A git repository; without a revision its default branch. */
  | { readonly kind: 'git'; readonly repository: string; readonly revision: string };

/** What a path is on this machine. */
export type PathKind = 'directory' | 'file' | undefined;

const remote = /^(?:[a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:)/;
const modulePath = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[\w.~-]+)+$/i;

/** `text@revision` in two; an `@` before the last `/` or `:` belongs to a host or a path. */
function splitRevision(text: string): [string, string] {
  const at = text.lastIndexOf('@');
  const isRevision = at > 0 && /^@[\w.][\w./+-]*$/.test(text.slice(at));
  return isRevision && at > text.lastIndexOf('://') + 3
    ? [text.slice(0, at), text.slice(at + 1)]
    : [text, ''];
}

/**
 * A source as a user names it: a directory, a zip file, a git repository (`URL[@REVISION]` or `DIR@REVISION`), or
 * `MODULE@VERSION`, where the version may be a commit.
 * @param kindOfPath - what a path is on this machine
 * @throws `build.bad-source`
 */
export function parseSource(text: string, kindOfPath: (path: string) => PathKind): SourceSpec {
  const kind = kindOfPath(text);
  if (kind === 'directory') return { kind, path: text };
  if (kind === 'file') return { kind: 'archive', path: text };
  const [place, revision] = splitRevision(text);
  if (remote.test(place)) return { kind: 'git', repository: place, revision };
  if (kindOfPath(place) === 'directory') return { kind: 'git', repository: place, revision };
  if (modulePath.test(place) && revision !== '') return { kind: 'module', path: place, query: revision };
  throw new GofleetError('build.bad-source', `${text}: no such source`, {
    facts: { source: text },
    hint: 'name a directory, a zip file, a git repository (URL[@REVISION], DIR@REVISION) or MODULE@VERSION',
  });
}

/** A source in the words that a user would name it with. */
export function renderSource(source: SourceSpec, main = 'the released module'): string {
  switch (source.kind) {
    case 'release':
      return main;
    case 'dependency':
      return `${main}, as a dependency of another`;
    case 'wrapper':
      return 'a module made around a dependency';
    case 'module':
      return `${source.path}@${source.query}`;
    case 'versions':
      return `versions of ${source.path}`;
    case 'git':
      return source.revision === '' ? source.repository : `${source.repository}@${source.revision}`;
    default:
      return source.path;
  }
}
