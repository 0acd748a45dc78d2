import type { BinaryFacts, GoModule } from '@gofleet/identify/binary-facts';
import { parseBuildInfo } from '@gofleet/identify/build-info';
import { classifyProvenance, type Provenance } from '@gofleet/identify/provenance';

/** What a relink has to know of the executable that it replaces. It can be had without the file itself. */
export interface RelinkOriginal {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** As recorded, with suffixes. */
  readonly goVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly buildId: string;
  /** Import path of the main package. */
  readonly package: string;
  readonly main: GoModule | undefined;
  readonly deps: readonly GoModule[];
  readonly settings: Readonly<Record<string, string>>;
  readonly provenance: Provenance;
  /** Whether the symbol table is missing; `undefined` when nobody looked. */
  readonly stripped?: boolean;
}

/** What a node reports of an executable: build info as text. */
export interface ObservedOriginal {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly goVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly buildId: string;
  /** The build info text exactly as recorded. */
  readonly buildInfo: string;
  readonly stripped?: boolean;
}

/**
 * An original from what was observed of it.
 * @throws `identify.malformed-build-info`
 */
export function relinkOriginalFromObserved(observed: ObservedOriginal): RelinkOriginal {
  const { sha256, sizeBytes, goVersion, os, arch, buildId, stripped } = observed;
  const info = parseBuildInfo(observed.buildInfo, goVersion);
  return {
    ...{ sha256, sizeBytes, goVersion, os, arch, buildId },
    package: info.package,
    main: info.main,
    deps: info.deps,
    settings: info.settings,
    provenance: classifyProvenance(info),
    ...(stripped === undefined ? {} : { stripped }),
  };
}

/** An original from the facts of its file and the file's digest. */
export function relinkOriginalFromFacts(
  facts: BinaryFacts,
  file: { readonly sha256: string; readonly sizeBytes: number },
): RelinkOriginal {
  const { os, arch, buildId, stripped, buildInfo, provenance } = facts;
  return {
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
    ...{ os, arch, buildId, stripped, provenance },
    goVersion: facts.goVersion ?? '',
    package: buildInfo?.package ?? '',
    main: buildInfo?.main,
    deps: buildInfo?.deps ?? [],
    settings: buildInfo?.settings ?? {},
  };
}

/** What the `go` command calls a main package that it was given as files. */
export const namedFiles = 'command-line-arguments';

/**
 * The module that an original's main package is of. Of one that was given as files (`go build main.go`) none is recorded; it is
 * then the dependency without a version.
 */
export function mainModuleOf({ main, package: path, deps }: RelinkOriginal): GoModule | undefined {
  if (main || path !== namedFiles) return main;
  return deps.find(
    ({ version, sum, replace }) => version === '(devel)' && sum === undefined && replace === undefined,
  );
}
