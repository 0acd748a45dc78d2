import { isGofleetError } from '@gofleet/base/errors';
import type { Finding } from '@gofleet/base/finding';
import { checkToolchain } from '@gofleet/filesystem/check-toolchain';
import type { InstalledToolchain } from '@gofleet/filesystem/toolchain-store';
import { toolchainModule, toolchainVersion } from '@gofleet/resolve/choose-toolchain';
import { hashFiles } from '@gofleet/resolve/dirhash';
import { lookUpSums } from '@gofleet/resolve/sumdb/checksum-database';
import {
  hashAsModule,
  isInModule,
  moduleFiles,
  type ToolchainFile,
} from '@gofleet/resolve/toolchain/file-list';
import type { ToolchainRecord } from '@gofleet/resolve/toolchain/record';
import type { Context } from '../context.ts';
import { releaseOf } from './install-toolchain.ts';
import type { Upstreams } from './upstreams.ts';

/** What verifying an installed toolchain gave. */
export interface Verified {
  readonly name: string;
  readonly files: number;
  /** Of what is on the disk now; absent where no module of the release exists. */
  readonly h1?: string;
  /** Whether the checksum database has that h1, proved again; `not-known` for what it knows nothing of. */
  readonly database: 'confirmed' | 'contradicted' | 'not-asked' | 'not-known';
  readonly findings: readonly Finding[];
}

/** The h1 of what is there. An archive has files besides those of the module; the list that was kept is all there is to say of them. */
function moduleHash(
  files: readonly ToolchainFile[],
  { goVersion, platform, source }: ToolchainRecord,
): string {
  const release = releaseOf(goVersion);
  const moduleVersion = toolchainVersion(release, platform);
  if (source.kind === 'module' || source.kind === 'bundle')
    return hashFiles(moduleFiles(files, moduleVersion));
  const isArchive = source.kind === 'archive';
  return hashAsModule(
    files.filter(({ path }) => !isArchive || isInModule(path, release, platform)),
    moduleVersion,
  );
}

type Answer = Pick<Verified, 'h1' | 'database'> & { readonly finding?: Finding };

/** Asks the checksum database about the bytes on the disk. What was proved when it was installed is proved again without a network. */
async function askDatabase(
  name: string,
  checked: { record: ToolchainRecord; files: readonly ToolchainFile[] },
  upstreams: Upstreams,
): Promise<Answer> {
  const { record, files } = checked;
  if (record.proof.kind !== 'checksum-database') return { database: 'not-known' };
  const h1 = moduleHash(files, record);
  try {
    const version = toolchainVersion(releaseOf(record.goVersion), record.platform);
    const sums = await lookUpSums(upstreams.database(), toolchainModule, version);
    if (sums.includes(h1)) return { h1, database: 'confirmed' };
    const message = `${name}: the checksum database has ${sums.join(' or ')}, the files make ${h1}`;
    return {
      h1,
      database: 'contradicted',
      finding: { code: 'resolve.wrong-checksum', severity: 'error', message },
    };
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    const severity = thrown.retry === 'later' || thrown.code === 'resolve.no-sumdb' ? 'warning' : 'error';
    const hint = thrown.hint === undefined ? {} : { hint: thrown.hint };
    return {
      h1,
      database: 'not-asked',
      finding: { code: thrown.code, severity, message: `${name}: ${thrown.message}`, ...hint },
    };
  }
}

/** Reads an installed toolchain again, file by file, and has the checksum database confirm what is there. */
export async function verifyToolchain(
  installed: InstalledToolchain,
  upstreams: Upstreams,
  { signal, progress }: Context,
): Promise<Verified> {
  const { name } = installed;
  const { record, files, findings } = await checkToolchain(installed, {
    signal,
    onProgress: ({ done, total }) => progress.report({ step: `verify ${name}`, done, total }),
  });
  if (!record) return { name, files: files.length, database: 'not-known', findings };
  const { finding, ...answer } = await askDatabase(name, { record, files }, upstreams);
  return { name, files: files.length, ...answer, findings: [...findings, ...(finding ? [finding] : [])] };
}
