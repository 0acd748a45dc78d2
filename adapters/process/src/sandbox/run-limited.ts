import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { renderBytes } from '@gofleet/base/units';
import type { BuildLimits } from '@gofleet/build/build-limits';
import type { ProgramEnd, ProgramRun } from '../run-program.ts';
import { runUntilTimeout } from '../workshop.ts';
import { type ControlGroup, createControlGroup, joining } from './control-group.ts';
import { watchDisk } from './watch-disk.ts';

/** A build to run, and what it may use. */
export interface LimitedRun {
  /** In words, for messages. */
  readonly what: string;
  readonly limits: BuildLimits;
  /** Its own directory, whose size is watched. */
  readonly directory: string;
  /** The program, given the control group that it will be in. */
  readonly programIn: (group: ControlGroup) => ProgramRun;
}

function overDisk({ what, limits: { diskBytes } }: LimitedRun): GofleetError {
  return new GofleetError('build.over-disk', `${what}: it writes more than ${renderBytes(diskBytes)}`, {
    facts: { limitBytes: diskBytes },
    hint: 'allow it more with --limit-disk',
  });
}

function overMemory({ what, limits: { memoryBytes } }: LimitedRun): GofleetError {
  return new GofleetError(
    'build.over-memory',
    `${what}: it needs more than ${renderBytes(memoryBytes)} of memory`,
    { facts: { limitBytes: memoryBytes }, hint: 'allow it more with --limit-memory' },
  );
}

/** What compilers say when a limit of a single process or file stopped them. */
const ofLimit = [
  [/file too large|SIGXFSZ|File size limit exceeded/, overDisk],
  [
    /runtime: out of memory|cannot allocate memory|virtual memory exhausted|out of memory allocating/,
    overMemory,
  ],
] as const;

function requireWithin(run: LimitedRun, { exitCode, stderr }: ProgramEnd, group: ControlGroup): void {
  if (exitCode === 0) return;
  if (group.ranOutOfMemory()) throw overMemory(run);
  const [, toError] = ofLimit.find(([said]) => said.test(stderr)) ?? [];
  if (toError) throw toError(run);
}

async function runWatched(run: LimitedRun, group: ControlGroup): Promise<ProgramEnd> {
  const over = new AbortController();
  const program = joining(run.programIn(group), group);
  const stop = watchDisk(run.directory, run.limits.diskBytes, () => over.abort());
  const signals = program.signal === undefined ? [over.signal] : [program.signal, over.signal];
  try {
    return await runUntilTimeout(run.what, { ...program, signal: AbortSignal.any(signals) });
  } catch (thrown) {
    const isOver = over.signal.aborted && isGofleetError(thrown) && thrown.code === 'process.aborted';
    throw isOver ? overDisk(run) : thrown;
  } finally {
    stop();
  }
}

/**
 * Runs a build to its end, within its limits.
 * @throws `build.timeout`, `build.over-memory`, `build.over-disk`, `process.aborted`, `process.cannot-start`
 */
export async function runLimited(run: LimitedRun): Promise<ProgramEnd> {
  const group = createControlGroup(run.limits);
  try {
    const end = await runWatched(run, group);
    requireWithin(run, end, group);
    return end;
  } finally {
    await group.remove();
  }
}
