import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { BinaryFacts, BuildInfo } from './binary-facts.ts';
import { parseBuildInfo } from './build-info.ts';
import { type ByteReader, FileBytes } from './byte-reader.ts';
import { decodeBuildInfo, type RawBuildInfo } from './elf/decode-build-info.ts';
import { findBuildInfo } from './elf/find-build-info.ts';
import type { ElfHeader } from './elf/layout.ts';
import { archOf, osOf } from './elf/platform.ts';
import { readElfHeader } from './elf/read-header.ts';
import { readLinkage } from './elf/read-linkage.ts';
import { readGoBuildId } from './elf/read-notes.ts';
import { type ElfTables, readElfTables } from './elf/read-tables.ts';
import { fullFingerprint, modulesFingerprint } from './fingerprint.ts';
import { classifyProvenance } from './provenance.ts';

export { type ByteRange, type ByteReader, driveAsync, driveSync } from './byte-reader.ts';

function notGo(tables: ElfTables): GofleetError {
  const hint = tables.problems.length === 0 ? {} : { hint: `the file is damaged: ${tables.problems[0]}` };
  return new GofleetError(
    'identify.not-go',
    'an ELF file without Go build info, build ID or Go symbol table',
    {
      facts: { segments: tables.segments.length, sections: tables.sections.length },
      ...hint,
    },
  );
}

const goSections = new Set(['.note.go.buildid', '.gopclntab', '.go.buildinfo', '.data.rel.ro.gopclntab']);

function hasGoSections({ sections }: ElfTables): boolean {
  return sections.some(({ name }) => goSections.has(name));
}

/** The parsed text; one that Go could not parse either becomes a problem. */
function parseRecorded(raw: RawBuildInfo | undefined, problems: string[]): BuildInfo | undefined {
  if (!raw) return undefined;
  try {
    return parseBuildInfo(raw.modules, raw.goVersion);
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    problems.push(thrown.message);
    return undefined;
  }
}

/** What is known of the platform; build info's word counts more than the header's. */
function platformOf(header: ElfHeader, info: BuildInfo | undefined, problems: string[]): [string, string] {
  const os = info?.settings.GOOS ?? osOf(header);
  if (os === undefined) problems.push('operating system: not recorded, taken for linux');
  return [os ?? 'linux', info?.settings.GOARCH ?? archOf(header)];
}

function factsOf(parts: {
  readonly header: ElfHeader;
  readonly tables: ElfTables;
  readonly raw: RawBuildInfo | undefined;
  readonly buildId: string;
}): Omit<BinaryFacts, 'linkage' | 'bytesRead'> {
  const { header, tables, raw, buildId } = parts;
  const problems = [...tables.problems];
  const info = parseRecorded(raw, problems);
  const [os, arch] = platformOf(header, info, problems);
  const hasModules = info !== undefined && info.text !== '';
  if (raw === undefined) problems.push('build info: none, so the Go release is unknown');
  if (tables.sections.length === 0) problems.push('section headers: none');
  return {
    format: 'elf',
    ...{ os, arch, buildId, problems },
    compiler: info?.settings['-compiler'] === 'gccgo' ? 'gccgo' : 'gc',
    goVersion: raw?.goVersion,
    buildInfo: info,
    buildIdSegments: buildId === '' ? [] : buildId.split('/'),
    fingerprint: {
      modules: hasModules ? modulesFingerprint(info.deps) : undefined,
      full: hasModules ? fullFingerprint(info) : undefined,
    },
    provenance: classifyProvenance(info),
    stripped: !tables.sections.some(({ name }) => name === '.symtab'),
    grade: raw === undefined ? 'unknown' : 'claimed',
  };
}

/**
 * Everything that a Go executable says of itself. Yields the byte ranges that it needs: 2 to 4 of them, a few KiB in all, for
 * a file as the Go linker leaves it; at most some 130 MiB of a hostile one.
 * @throws `identify.not-elf`, `identify.not-go`, `identify.truncated-header`, `identify.malformed-header`,
 * `identify.truncated-build-info`, `identify.oversized-build-info`, `identify.malformed-build-info`, `identify.oversized-data`
 * @see Go src/debug/buildinfo/buildinfo.go (go1.26)
 */
export function* readBinary(): ByteReader<BinaryFacts> {
  const file = new FileBytes();
  const header = yield* readElfHeader(file);
  const tables = yield* readElfTables(file, header);
  const place = yield* findBuildInfo(file, tables);
  const raw = place && (yield* decodeBuildInfo(file, tables, place));
  const buildId = yield* readGoBuildId(file, header, tables);
  if (raw === undefined && buildId === '' && !hasGoSections(tables)) throw notGo(tables);
  const linkage = yield* readLinkage(file, header, tables);
  return { ...factsOf({ header, tables, raw, buildId }), linkage, bytesRead: file.bytesRead };
}
