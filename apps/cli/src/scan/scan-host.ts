import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import { findRunningFiles, type RunningFile } from '@gofleet/filesystem/find-processes';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import { describe, isNews, type Visit } from './scan-files.ts';

function visitFile({ exe, path, pids }: RunningFile, visit: Visit): void {
  try {
    visit({ ...describe(path, inspectFileSync(exe)), pids });
  } catch (thrown) {
    const error = toGofleetError(thrown);
    // A process that ended meanwhile runs nothing.
    if (error.code !== 'filesystem.not-found' && isNews(false, error)) visit({ path, given: false, error });
  }
}

function denied(count: number): GofleetError {
  return new GofleetError(
    'filesystem.no-permission',
    `processes that could not be looked at for want of permission: ${count}`,
    { facts: { processes: count }, hint: 'run it as root' },
  );
}

/** Visits the Go programs that run on this machine, each executable once, with the IDs of its processes. */
export async function visitHost(signal: AbortSignal, visit: Visit): Promise<void> {
  const { files, deniedProcesses } = findRunningFiles();
  for (const file of files) {
    signal.throwIfAborted();
    visitFile(file, visit);
  }
  if (deniedProcesses > 0) visit({ path: '/proc', given: true, error: denied(deniedProcesses) });
}
