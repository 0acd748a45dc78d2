import type { GoModule } from '@gofleet/identify/binary-facts';
import type { SectionChange } from './explain/compare-sections.ts';
import { explainSections } from './explain/explain-sections.ts';
import { hiddenCauses, segmentsOf } from './explain/hidden-causes.ts';
import type { BuildPaths } from './recover/build-paths.ts';
import type { RelinkOriginal } from './relink-original.ts';
import type { Difference, Reproduction, ReproductionGrade } from './relink-result.ts';

const moduleText = ({ path, version, sum, replace }: GoModule): string =>
  replace
    ? `${path}@${version} => ${replace.path}@${replace.version}`
    : `${path}@${version} ${sum ?? ''}`.trim();

/** `original path@version sum` beside `rebuild path@version sum`. */
function byModule(a: string, b: string): number {
  const [left = '', right = ''] = [a, b].map((text) => text.replace(/^\w+ /, ''));
  const [leftPath = '', rightPath = ''] = [left, right].map((text) => text.split('@')[0]);
  return leftPath < rightPath ? -1 : leftPath > rightPath ? 1 : 0;
}

/** The main module's version follows from the tags of its repository; a checksum tells of changed content. */
function compareMain({ main: had }: RelinkOriginal, { main: has }: RelinkOriginal): Difference[] {
  if (had === undefined || has === undefined || moduleText(had) === moduleText(has)) return [];
  const isTag = had.path === has.path && had.sum === has.sum && !had.replace && !has.replace;
  const evidence = `the main module is ${moduleText(had)} in the original, ${moduleText(has)} in the rebuild`;
  return [{ cause: isTag ? 'tag' : 'main-module', evidence }];
}

/** Modules of the same version and another content; without a checksum (vendored, local) there is nothing to compare. */
function compareSums(original: RelinkOriginal, rebuilt: RelinkOriginal): Difference[] {
  const has = new Map(rebuilt.deps.map((dep) => [dep.path, dep.replace ?? dep]));
  return original.deps.flatMap((dep) => {
    const { path, version, sum } = dep.replace ?? dep;
    const other = has.get(dep.path);
    const isSame = other?.path === path && other.version === version;
    if (!isSame || !sum || !other.sum || sum === other.sum) return [];
    const evidence = `${path}@${version}: ${sum} in the original, ${other.sum} in the rebuild`;
    return [{ cause: 'modified-dependency', evidence }];
  });
}

function compareModules(original: RelinkOriginal, rebuilt: RelinkOriginal): Difference[] {
  const modified = compareSums(original, rebuilt);
  const had = new Set(original.deps.map(moduleText));
  const has = new Set(rebuilt.deps.map(moduleText));
  const isTold = (text: string): boolean =>
    modified.some(({ evidence }) => text.startsWith(`${evidence.split(': ')[0]} `));
  const missing = [...had]
    .filter((text) => !has.has(text) && !isTold(text))
    .map((text) => `original ${text}`);
  const added = [...has].filter((text) => !had.has(text) && !isTold(text)).map((text) => `rebuild ${text}`);
  const all = [...missing, ...added].sort((a, b) => byModule(a, b));
  if (all.length === 0) return modified;
  const more = all.length > 4 ? `, ${all.length - 4} more` : '';
  return [...modified, { cause: 'dependencies', evidence: `${all.slice(0, 4).join(', ')}${more}` }];
}

/** Build settings that are not the same in both. */
export function differingSettings(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): { readonly setting: string; readonly from?: string; readonly to?: string }[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(
    (name) => from[name] !== to[name],
  );
  return names.map((setting) => ({
    setting,
    ...(from[setting] === undefined ? {} : { from: from[setting] }),
    ...(to[setting] === undefined ? {} : { to: to[setting] }),
  }));
}

/** Settings that are causes of their own. */
const causeOfSetting: Readonly<Record<string, string>> = {
  '-ldflags': 'link-flags',
  '-pgo': 'pgo',
  GOEXPERIMENT: 'experiments',
  'vcs.modified': 'dirty',
  ...{ CGO_ENABLED: 'cgo', CGO_CFLAGS: 'cgo', CGO_CPPFLAGS: 'cgo', CGO_CXXFLAGS: 'cgo', CGO_LDFLAGS: 'cgo' },
};

function compareSettings(original: RelinkOriginal, rebuilt: RelinkOriginal): Difference[] {
  const settings = differingSettings(original.settings, rebuilt.settings);
  return settings.map(({ setting, from = 'absent', to = 'absent' }) => ({
    cause: causeOfSetting[setting] ?? 'settings',
    evidence: `${setting}: ${from} in the original, ${to} in the rebuild`,
  }));
}

/** The release is the one that was asked for; what follows it names experiments. */
function compareReleases(
  { goVersion: had }: RelinkOriginal,
  { goVersion: has }: RelinkOriginal,
): Difference[] {
  if (had === has) return [];
  const evidence = `Go is ${had} in the original, ${has} in the rebuild`;
  return [{ cause: /\bX:/.test(`${had}${has}`) ? 'experiments' : 'toolchain', evidence }];
}

function compareSegments(original: RelinkOriginal, rebuilt: RelinkOriginal): boolean[] {
  const [had, has] = [segmentsOf(original.buildId), segmentsOf(rebuilt.buildId)];
  return [0, 1, 2, 3].map((index) => had.length === 4 && had[index] === has[index]);
}

function gradeOf(equal: boolean, segments: readonly boolean[]): ReproductionGrade {
  if (equal) return 'proven';
  return segments[1] && segments[2] ? 'compiled-equal' : 'claimed';
}

/** What was looked at besides what both record. */
export interface ReproductionEvidence {
  /** The sections that are not the same. */
  readonly sections?: readonly SectionChange[];
  /** Where the rebuild was built, as its file tells it, and the original. */
  readonly paths?: { readonly original: BuildPaths; readonly rebuilt: BuildPaths };
}

/**
 * How an original compares with a rebuild of it. Equal bytes are `proven`; equal build ID segments 2 and 3 (what went into and
 * came out of compiling the main package) are `compiled-equal`; everything else is `claimed`. What is not equal has its causes by
 * name, and with the sections at hand each section under its cause.
 * @see Go cmd/go/internal/work/buildid.go (go1.26)
 */
export function compareReproduction(
  original: RelinkOriginal,
  rebuilt: RelinkOriginal,
  { sections = [], paths }: ReproductionEvidence = {},
): Reproduction {
  const equal = original.sha256 === rebuilt.sha256;
  const segments = compareSegments(original, rebuilt);
  const goVersion = rebuilt.goVersion;
  if (equal) return { goVersion, equal, segments, grade: 'proven', differences: [] };
  const recorded = [
    ...compareMain(original, rebuilt),
    ...compareModules(original, rebuilt),
    ...compareReleases(original, rebuilt),
    ...compareSettings(original, rebuilt),
  ];
  const named = recorded.length > 0 ? recorded : hiddenCauses(original, segments, paths);
  const codeCause = named[0]?.cause ?? 'source';
  const isCgo = original.settings.CGO_ENABLED === '1';
  const differences = [...named, ...explainSections(sections, codeCause, isCgo)];
  return { goVersion, equal, segments, grade: gradeOf(false, segments), differences };
}

/** A reproduction with more reasons why it is not equal. */
export function withDifferences(reproduction: Reproduction, more: readonly Difference[]): Reproduction {
  return { ...reproduction, differences: [...reproduction.differences, ...more] };
}

/** The answer when there is no toolchain that a proof could be built with. */
export function unprovable(evidence: string): Reproduction {
  return {
    goVersion: undefined,
    equal: false,
    segments: [false, false, false, false],
    grade: 'claimed',
    differences: [{ cause: 'toolchain', evidence }],
  };
}
