import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '@gofleet/base/finding';
import { isExecutable, parseFileList, type ToolchainFile } from '@gofleet/resolve/toolchain/file-list';
import type { ToolchainRecord } from '@gofleet/resolve/toolchain/record';
import { hashTree, type TreeReading } from './hash-tree.ts';
import { filesFile, type InstalledToolchain, readToolchainRecord, recordFile } from './toolchain-store.ts';

/** What reading an installed toolchain again gave. */
export interface CheckedToolchain {
  readonly record: ToolchainRecord | undefined;
  readonly files: readonly ToolchainFile[];
  readonly findings: readonly Finding[];
}

const hint = (name: string): string =>
  `gofleet toolchain uninstall ${name} && gofleet toolchain install ${name.split('.').slice(0, -1).join('.')}`;

function finding(code: string, installed: InstalledToolchain, message: string, path?: string): Finding {
  return {
    code,
    severity: 'error',
    message: `${installed.name}: ${message}`,
    facts: { toolchain: installed.name, ...(path === undefined ? {} : { path: join(installed.dir, path) }) },
    hint: hint(installed.name),
  };
}

/** How files differ from the list that was kept of them. */
function compare(
  installed: InstalledToolchain,
  listed: readonly ToolchainFile[],
  found: readonly ToolchainFile[],
): Finding[] {
  const wanted = new Map(listed.map(({ path, sha256 }) => [path, sha256]));
  const present = new Set(found.map(({ path }) => path));
  const changed = found.flatMap(({ path, sha256 }) => {
    const expected = wanted.get(path);
    if (expected === undefined)
      return [finding('resolve.toolchain-extra-file', installed, `${path} does not belong to it`, path)];
    return expected === sha256
      ? []
      : [finding('resolve.toolchain-changed', installed, `${path} was changed`, path)];
  });
  const missing = listed.filter(({ path }) => !present.has(path));
  return [
    ...changed,
    ...missing.map(({ path }) =>
      finding('resolve.toolchain-missing-file', installed, `${path} is missing`, path),
    ),
  ];
}

/** Commands that cannot be executed, and files that can be written to. */
async function checkModes(
  installed: InstalledToolchain,
  files: readonly ToolchainFile[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { path } of files) {
    const { mode } = await stat(join(installed.dir, path));
    if ((mode & 0o222) !== 0)
      findings.push(finding('resolve.toolchain-writable', installed, `${path} is writable`, path));
    if (isExecutable(path) && (mode & 0o100) === 0) {
      findings.push(
        finding('resolve.toolchain-not-executable', installed, `${path} is not executable`, path),
      );
    }
  }
  return findings;
}

/** Reads an installed toolchain again, file by file, against the list that was made when it was installed. */
export async function checkToolchain(
  installed: InstalledToolchain,
  reading: TreeReading = {},
): Promise<CheckedToolchain> {
  const record = await readToolchainRecord(installed.dir);
  const list = await readFile(join(installed.dir, filesFile), 'utf8').catch(() => undefined);
  const leaveOut = (path: string): boolean => path === recordFile || path === filesFile;
  const files = await hashTree(installed.dir, { ...reading, leaveOut });
  if (!record || list === undefined) {
    return {
      record,
      files,
      findings: [finding('resolve.toolchain-no-record', installed, 'what was installed is not recorded')],
    };
  }
  if (createHash('sha256').update(list).digest('hex') !== record.filesSha256) {
    return {
      record,
      files,
      findings: [finding('resolve.toolchain-changed', installed, 'its list of files was changed', filesFile)],
    };
  }
  const findings = [
    ...compare(installed, parseFileList(list), files),
    ...(await checkModes(installed, files)),
  ];
  return { record, files, findings };
}
