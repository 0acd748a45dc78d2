import type { GoModule } from '@gofleet/identify/binary-facts';
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

function compareModules(original: RelinkOriginal, rebuilt: RelinkOriginal): Difference[] {
  const had = new Set(original.deps.map(moduleText));
  const has = new Set(rebuilt.deps.map(moduleText));
  const missing = [...had].filter((text) => !has.has(text)).map((text) => `original ${text}`);
  const added = [...has].filter((text) => !had.has(text)).map((text) => `rebuild ${text}`);
  const all = [...missing, ...added].sort((a, b) => byModule(a, b));
  if (all.length === 0) return [];
  const more = all.length > 4 ? `, ${all.length - 4} more` : '';
  return [{ cause: 'dependencies', evidence: `${all.slice(0, 4).join(', ')}${more}` }];
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

function compareSettings(original: RelinkOriginal, rebuilt: RelinkOriginal): Difference[] {
  const settings = differingSettings(original.settings, rebuilt.settings);
  return settings.map(({ setting, from = 'absent', to = 'absent' }) => ({
    cause: 'settings',
    evidence: `${setting}: ${from} in the original, ${to} in the rebuild`,
  }));
}

function segmentsOf(buildId: string): string[] {
  return buildId === '' ? [] : buildId.split('/');
}

function compareSegments(original: RelinkOriginal, rebuilt: RelinkOriginal): boolean[] {
  const [had, has] = [segmentsOf(original.buildId), segmentsOf(rebuilt.buildId)];
  return [0, 1, 2, 3].map((index) => had.length === 4 && had[index] === has[index]);
}

/** Why the bytes differ although what was recorded does not, as far as the build ID's segments tell. */
function hiddenCauses(original: RelinkOriginal, segments: readonly boolean[]): Difference[] {
  const [, compileAction, compileContent] = segments;
  const parts = segmentsOf(original.buildId).length;
  if (parts !== 4) {
    return [
      { cause: 'build-id', evidence: `the build ID has ${parts} segments: it was set by hand or removed` },
    ];
  }
  if (segments.every(Boolean)) {
    return [
      {
        cause: 'changed-afterwards',
        evidence: 'equal build IDs: the file was changed after linking (strip, pack, sign)',
      },
    ];
  }
  if (compileAction && compileContent) {
    return [
      {
        cause: 'link-flags',
        evidence: 'the main package is compiled from the same inputs, the link differs',
      },
    ];
  }
  const { settings } = original;
  if (Object.keys(settings).length === 0) {
    return [{ cause: 'settings', evidence: 'no build settings are recorded: Go did not before 1.18' }];
  }
  const causes: Difference[] = [];
  if (settings['vcs.modified'] === 'true') {
    causes.push({
      cause: 'dirty',
      evidence: 'vcs.modified is true: built with changes that were not committed',
    });
  }
  if (settings['-trimpath'] !== 'true') {
    causes.push({ cause: 'paths', evidence: 'built without -trimpath: directories are part of the compile' });
  }
  if (settings['-pgo'] !== undefined) {
    causes.push({
      cause: 'pgo',
      evidence: `built with the profile ${settings['-pgo']}, whose content is not recorded`,
    });
  }
  if (settings.CGO_ENABLED === '1') {
    causes.push({
      cause: 'cgo',
      evidence: 'CGO_ENABLED=1: the C compiler and its headers are part of the build',
    });
  }
  return causes;
}

/** The same is recorded, another thing was compiled. A released module is its checksum's; other sources are candidates. */
function unexplained({ provenance }: RelinkOriginal): Difference {
  return provenance.class === 'released-module'
    ? {
        cause: 'toolchain',
        evidence: 'the same inputs compile to something else: not an official Go release',
      }
    : {
        cause: 'source',
        evidence: 'the source compiles to something else: other files, or not an official Go release',
      };
}

function gradeOf(equal: boolean, segments: readonly boolean[]): ReproductionGrade {
  if (equal) return 'proven';
  return segments[1] && segments[2] ? 'compiled-equal' : 'claimed';
}

/**
 * How an original compares with a rebuild of it. Equal bytes are `proven`; equal build ID segments 2 and 3 (what went into and
 * came out of compiling the main package) are `compiled-equal`; everything else is `claimed`, with the causes that can be named.
 * @see Go cmd/go/internal/work/buildid.go (go1.26)
 */
export function compareReproduction(original: RelinkOriginal, rebuilt: RelinkOriginal): Reproduction {
  const equal = original.sha256 === rebuilt.sha256;
  const segments = compareSegments(original, rebuilt);
  const goVersion = rebuilt.goVersion;
  if (equal) return { goVersion, equal, segments, grade: 'proven', differences: [] };
  const recorded = [
    ...compareMain(original, rebuilt),
    ...compareModules(original, rebuilt),
    ...compareSettings(original, rebuilt),
  ];
  const named = [...recorded, ...(recorded.length === 0 ? hiddenCauses(original, segments) : [])];
  const differences = named.length > 0 ? named : [unexplained(original)];
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
