import { renderBytes } from '@gofleet/base/units';
import type { ToolchainRecord } from '@gofleet/resolve/toolchain/record';
import { renderTable } from '../render-table.ts';
import type { Installed } from './install-toolchain.ts';
import type { ListedToolchain, OfferedToolchain } from './list-toolchains.ts';
import type { Pruned } from './prune-toolchains.ts';
import type { Verified } from './verify-toolchain.ts';

const provedBy = ({ proof }: ToolchainRecord): string =>
  proof.kind === 'none'
    ? 'not verified'
    : `${proof.kind === 'checksum-database' ? 'checksum database' : 'archive index'} ${proof.by}`;

const unsafe = (cves: readonly string[]): string =>
  cves.length === 0 ? '' : `not as a base: ${cves.join(' ')}`;

/** A table of what is installed. */
export function renderInstalled(toolchains: readonly ListedToolchain[]): string {
  if (toolchains.length === 0) return 'no toolchain is installed: gofleet toolchain install stable';
  const rows = toolchains.map(({ goVersion, platform, record, checksumBypasses }) => [
    goVersion,
    `${platform.os}/${platform.arch}`,
    record?.source.kind ?? '–',
    record ? provedBy(record) : 'no record',
    record ? renderBytes(record.sizeBytes) : '–',
    unsafe(checksumBypasses),
  ]);
  return renderTable(['release', 'platform', 'from', 'verified by', 'size', 'note'], rows);
}

/** A table of what upstreams offer. */
export function renderOffered(toolchains: readonly OfferedToolchain[]): string {
  const rows = toolchains.map(({ goVersion, installed, checksumBypasses }) => [
    goVersion,
    installed ? 'installed' : '',
    unsafe(checksumBypasses),
  ]);
  return renderTable(['release', '', 'note'], rows);
}

/** A line per toolchain that is there now. */
export function renderInstalls(installs: readonly Installed[]): string {
  return installs
    .map(({ dir, record, already }) => {
      const what = already
        ? 'was there'
        : `${record.source.kind === 'import' ? 'imported' : 'installed'}, ${provedBy(record)}`;
      return `${record.goVersion} ${record.platform.os}/${record.platform.arch}: ${what}\n  ${dir}`;
    })
    .join('\n');
}

/** A line per toolchain and per finding. */
export function renderVerified(verified: readonly Verified[]): string {
  if (verified.length === 0) return 'no toolchain is installed';
  return verified
    .flatMap(({ name, files, database, findings }) => {
      const asked = {
        confirmed: ', confirmed by the checksum database',
        contradicted: '',
        'not-asked': '',
        'not-known': '',
      }[database];
      const state =
        findings.length === 0 ? `${files} files as installed${asked}` : `${findings.length} findings`;
      const shown = findings.slice(0, 20).map(({ message, severity }) => `  ${severity} ${message}`);
      const more = findings.length > 20 ? [`  … and ${findings.length - 20} more (--json has all)`] : [];
      const next = findings.find(({ hint }) => hint !== undefined)?.hint;
      return [`${name}: ${state}`, ...shown, ...more, ...(next === undefined ? [] : [`  next: ${next}`])];
    })
    .join('\n');
}

/** What was pruned. */
export function renderPruned({ removed, freedBytes, leftovers }: Pruned, dryRun: boolean): string {
  const left = leftovers.length === 0 ? '' : `; removed what ${leftovers.length} killed installs had left`;
  if (removed.length === 0) return `nothing is superseded by a newer release of its minor${left}`;
  return `${dryRun ? 'would remove' : 'removed'} ${removed.join(' ')} (${renderBytes(freedBytes)})${left}`;
}
