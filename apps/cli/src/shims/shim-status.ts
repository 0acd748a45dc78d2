import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '@gofleet/base/finding';
import { listShimmedTools, readShims, type ShimmedTool } from '@gofleet/filesystem/shim-folder';
import { findNextGo } from './next-go.ts';
import { shimTexts } from './shim-texts.ts';

/** How a folder of shims is. */
export interface ShimStatus {
  readonly folder: string;
  readonly installed: boolean;
  /** Whether a native shim runs before the script. */
  readonly native: boolean;
  /** Whether this gofleet would write the same. */
  readonly current: boolean;
  /** The programs in PATH that `go` could mean, in order; the first one runs. */
  readonly goInPath: readonly string[];
  readonly tools: readonly ShimmedTool[];
  readonly findings: readonly Finding[];
}

const settings = 'eval "$(gofleet shell bash)"';

function check(folder: string, script: string | undefined, first: string | undefined): Finding[] {
  const finding = (code: string, message: string, hint: string): Finding => ({
    code,
    severity: 'warning',
    message,
    hint,
    facts: { folder },
  });
  if (script === undefined) {
    return [finding('cli.no-shims', `there are no shims in ${folder}`, 'gofleet shims install')];
  }
  const isFirst = first !== undefined && realpathSync(first) === realpathSync(join(folder, 'go'));
  return [
    ...(script === shimTexts(folder).script
      ? []
      : [finding('cli.old-shims', 'another gofleet wrote the shims', 'gofleet shims install')]),
    ...(isFirst
      ? []
      : [finding('cli.shims-not-first', `go in PATH is ${first ?? 'nothing'}, not the shim`, settings)]),
  ];
}

/** How a folder of shims is, and what is wrong with it. */
export async function readShimStatus(folder: string): Promise<ShimStatus> {
  const shims = await readShims(folder);
  const folders = (process.env.PATH ?? '').split(':').filter((name) => name.startsWith('/'));
  const goInPath = folders.map((name) => join(name, 'go')).filter((path) => existsSync(path));
  return {
    folder,
    installed: shims !== undefined,
    native: shims?.native ?? false,
    current: shims?.script === shimTexts(folder).script,
    goInPath,
    tools: await listShimmedTools(folder),
    findings: check(folder, shims?.script, goInPath[0]),
  };
}

/** The status for eyes. */
export function renderShimStatus({ folder, installed, native, tools, findings }: ShimStatus): string {
  const next = findNextGo(process.env.PATH ?? '', folder);
  return [
    installed ? `shims are in ${folder}: ${native ? 'native' : 'a script'}` : `no shims in ${folder}`,
    `behind them in PATH: ${next ?? 'no go'}`,
    ...tools.map(
      ({ name, releases }) => `  ${name}  installed with ${releases.join(' ') || 'nothing any more'}`,
    ),
    ...findings.map(({ message, hint }) => `warning: ${message}; next: ${hint}`),
  ].join('\n');
}
