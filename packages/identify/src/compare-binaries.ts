import type { BinaryFacts, GoModule } from './binary-facts.ts';

/** One thing that two executables say differently; `undefined` where one says nothing of it. */
export interface BinaryDifference {
  readonly kind: 'fact' | 'module' | 'setting' | 'build-id';
  /** The fact's name, the module's path, the setting's key, or what the segment of the build ID stands for. */
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type Values = ReadonlyMap<string, string>;

function renderModule({ version, sum, replace }: GoModule): string {
  const own = sum === undefined ? version : `${version} ${sum}`;
  return replace ? `${own} => ${replace.path} ${renderModule(replace)}`.trim() : own;
}

function factsOf({
  format,
  os,
  arch,
  compiler,
  goVersion,
  buildInfo,
  linkage,
  stripped,
}: BinaryFacts): Values {
  const { package: name, main } = buildInfo ?? {};
  const all = {
    ...{ format, platform: `${os}/${arch}`, compiler, go: goVersion, package: name },
    main: main && `${main.path} ${renderModule(main)}`.trim(),
    linkage,
    symbols: stripped ? 'stripped' : 'present',
  };
  return new Map(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const modulesOf = ({ buildInfo }: BinaryFacts): Values =>
  new Map((buildInfo?.deps ?? []).map((dep) => [dep.path, renderModule(dep)]));

const settingsOf = ({ buildInfo }: BinaryFacts): Values => new Map(Object.entries(buildInfo?.settings ?? {}));

/** @see Go src/cmd/go/internal/work/buildid.go (go1.26) */
const segmentNames = ['inputs of the link', 'inputs of the main package', 'main package', 'binary'];

function segmentsOf({ buildIdSegments, buildId }: BinaryFacts): Values {
  if (buildIdSegments.length !== segmentNames.length)
    return new Map(buildId === '' ? [] : [['whole', buildId]]);
  return new Map(buildIdSegments.map((segment, index) => [segmentNames[index] ?? '', segment]));
}

const aspects: readonly (readonly [BinaryDifference['kind'], (facts: BinaryFacts) => Values])[] = [
  ['fact', factsOf],
  ['module', modulesOf],
  ['setting', settingsOf],
  ['build-id', segmentsOf],
];

/** What one executable says otherwise than another, in the order of the kinds, within each by name as `before` has it. */
export function compareBinaries(before: BinaryFacts, after: BinaryFacts): BinaryDifference[] {
  return aspects.flatMap(([kind, valuesOf]) => {
    const [old, now] = [valuesOf(before), valuesOf(after)];
    return [...new Set([...old.keys(), ...now.keys()])]
      .filter((name) => old.get(name) !== now.get(name))
      .map((name) => ({ kind, name, before: old.get(name), after: now.get(name) }));
  });
}
