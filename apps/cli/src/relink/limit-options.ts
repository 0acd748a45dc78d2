import { renderBytes, renderDuration } from '@gofleet/base/units';
import { type BuildLimits, usualLimits } from '@gofleet/build/build-limits';
import { type Command, InvalidArgumentError } from 'commander';
import { checkSize } from '../check-size.ts';
import { parseSeconds } from '../parse-seconds.ts';

/** Options of the commands that build: what one build may use. */
export interface LimitOptions {
  readonly limitMemory?: number;
  readonly limitCpus?: number;
  readonly limitDisk?: number;
  /** Seconds. */
  readonly limitTime?: number;
}

const leastBytes = 2 ** 20;

function checkLimit(text: string): number {
  const bytes = checkSize(text);
  if (bytes >= leastBytes) return bytes;
  throw new InvalidArgumentError('expected at least 1MiB, such as 4GiB');
}

function checkCpus(text: string): number {
  const cpus = Number(text);
  if (/^\d{1,4}(?:\.\d{1,2})?$/.test(text) && cpus >= 0.1) return cpus;
  throw new InvalidArgumentError('expected a number of processors from 0.1, such as 2');
}

/** Adds the options that limit a build. */
export function addLimitOptions(command: Command): Command {
  const { memoryBytes, diskBytes, timeMs } = usualLimits;
  return command
    .option(
      '--limit-memory <size>',
      `memory that a build may use (default: ${renderBytes(memoryBytes)})`,
      checkLimit,
    )
    .option('--limit-cpus <number>', 'processors that a build may use (default: all)', checkCpus)
    .option('--limit-disk <size>', `what a build may write (default: ${renderBytes(diskBytes)})`, checkLimit)
    .option(
      '--limit-time <seconds>',
      `how long a build may take (default: ${renderDuration(timeMs)})`,
      parseSeconds,
    );
}

/** The limits that the options stand for. */
export function limitsOf(options: LimitOptions): Partial<BuildLimits> {
  const { limitMemory, limitCpus, limitDisk, limitTime } = options;
  return {
    ...(limitMemory === undefined ? {} : { memoryBytes: limitMemory }),
    ...(limitCpus === undefined ? {} : { cpus: limitCpus }),
    ...(limitDisk === undefined ? {} : { diskBytes: limitDisk }),
    ...(limitTime === undefined ? {} : { timeMs: limitTime * 1000 }),
  };
}
