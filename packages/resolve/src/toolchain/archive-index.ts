import { isSha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import { type GoVersion, parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import type { Platform } from '../platform.ts';

/** An archive of a release, as the index has it. */
export interface IndexedArchive {
  readonly release: GoVersion;
  readonly platform: Platform;
  readonly filename: string;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]*\.(?:tar\.gz|zip)$/;

function malformed(why: string, cause?: unknown): GofleetError {
  return new GofleetError('resolve.malformed-archive-index', `the index of archives is malformed: ${why}`, {
    hint: 'it has the format of the official download list with ?mode=json&include=all',
    ...(cause === undefined ? {} : { cause }),
  });
}

interface RawFile {
  readonly filename?: unknown;
  readonly os?: unknown;
  readonly arch?: unknown;
  readonly sha256?: unknown;
  readonly size?: unknown;
  readonly kind?: unknown;
}

/** `armv6l` is what the list calls the archive for GOARCH=arm. */
const archOf = (arch: string): string => (arch === 'armv6l' ? 'arm' : arch);

function archiveOf(release: GoVersion, file: RawFile): IndexedArchive[] {
  const { filename, os, arch, sha256, size, kind } = file;
  if (kind !== 'archive' || typeof os !== 'string' || typeof arch !== 'string' || typeof size !== 'number')
    return [];
  if (typeof filename !== 'string' || !nameForm.test(filename))
    throw malformed(`a file is named ${JSON.stringify(filename)}`);
  // The oldest releases are listed without a sum; what cannot be checked is not there.
  if (typeof sha256 !== 'string' || !isSha256(sha256)) return [];
  return [{ release, platform: { os, arch: archOf(arch) }, filename, sha256, sizeBytes: size }];
}

/**
 * The archives of an index that can be checked: those of kind `archive` with a sha256.
 * @throws `resolve.malformed-archive-index`
 */
export function parseArchiveIndex(text: string): IndexedArchive[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw malformed((cause as Error).message, cause);
  }
  if (!Array.isArray(list)) throw malformed('expected a list of releases');
  return list.flatMap((entry: { version?: unknown; files?: unknown } | null) => {
    const release = typeof entry?.version === 'string' ? parseGoVersion(entry.version) : undefined;
    if (!release || !Array.isArray(entry?.files))
      throw malformed('expected a version and files in each release');
    return entry.files.flatMap((file: RawFile | null) => archiveOf(release, file ?? {}));
  });
}

/** The archive of a release for a platform. */
export function findArchive(
  archives: readonly IndexedArchive[],
  release: GoVersion,
  { os, arch }: Platform,
): IndexedArchive | undefined {
  const name = renderGoVersion(release);
  return archives.find(
    (archive) =>
      renderGoVersion(archive.release) === name &&
      archive.platform.os === os &&
      archive.platform.arch === arch,
  );
}
