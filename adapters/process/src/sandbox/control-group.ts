import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuildLimits } from '@gofleet/build/build-limits';
import type { ProgramRun } from '../run-program.ts';
import { type ControllerHome, findControlGroups } from './find-control-groups.ts';

/** Control groups that processes can be put into. */
export interface ControlGroup {
  /** Files into which a process writes `0` to be limited with all that it starts. */
  readonly joins: readonly string[];
  /** Whether memory is among what is limited. */
  readonly limitsMemory: boolean;
  /** Whether the kernel ended a process because the memory was used up. */
  ranOutOfMemory(): boolean;
  /** Removes the groups, once no process is left in them. */
  remove(): Promise<void>;
}

/** 0 is whoever writes it. */
const joinScript = 'while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"';

/** The same run, in a control group. */
export function joining(run: ProgramRun, { joins }: ControlGroup): ProgramRun {
  if (joins.length === 0) return run;
  return {
    ...run,
    program: '/bin/sh',
    argv: ['-ec', joinScript, 'sh', ...joins, '--', run.program, ...run.argv],
  };
}

let count = 0;
const periodMicros = 100_000;

/** What is written to limit a controller, in order; swap would only put off the end. */
function settingsOf(
  { controller, version }: ControllerHome,
  { memoryBytes, cpus }: BuildLimits,
): (readonly [file: string, value: number | string])[] {
  if (controller === 'memory') {
    return version === 1
      ? [
          ['memory.limit_in_bytes', memoryBytes],
          ['memory.memsw.limit_in_bytes', memoryBytes],
        ]
      : [
          ['memory.max', memoryBytes],
          ['memory.swap.max', 0],
        ];
  }
  if (cpus === undefined) return [];
  const quota = Math.ceil(cpus * periodMicros);
  return version === 1
    ? [
        ['cpu.cfs_period_us', periodMicros],
        ['cpu.cfs_quota_us', quota],
      ]
    : [['cpu.max', `${quota} ${periodMicros}`]];
}

/** Not every kernel counts swap. */
const mayBeMissing = new Set(['memory.memsw.limit_in_bytes', 'memory.swap.max']);

function tryRemove(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** A group below one of the parents, limited; `undefined` where this user may not, or the controller is not handed down. */
function makeGroup(home: ControllerHome, name: string, limits: BuildLimits): string | undefined {
  const settings = settingsOf(home, limits);
  if (settings.length === 0) return undefined;
  for (const parent of home.parents) {
    const group = join(parent, name);
    const isNew = !existsSync(group);
    try {
      if (home.version === 2) writeFileSync(join(parent, 'cgroup.subtree_control'), `+${home.controller}`);
      mkdirSync(group, { recursive: true });
      for (const [file, value] of settings) {
        const path = join(group, file);
        if (existsSync(path) || !mayBeMissing.has(file)) writeFileSync(path, String(value));
      }
      return group;
    } catch {
      if (isNew) tryRemove(group);
    }
  }
  return undefined;
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html "memory.oom_control", cgroup-v2.html "memory.events" */
function countKills(group: string): number {
  const text = `${readText(join(group, 'memory.oom_control'))}\n${readText(join(group, 'memory.events'))}`;
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Groups empty a moment after their last process ended. */
async function removeAll(groups: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (groups.map(tryRemove).every(Boolean)) return;
    await sleep(20);
  }
}

/** Control groups with the limits, as far as this machine lets this user make them. */
export function createControlGroup(limits: BuildLimits): ControlGroup {
  const name = `gofleet-${process.pid}-${count++}`;
  const homes = findControlGroups(readText('/proc/self/cgroup'), readText('/proc/self/mountinfo'));
  const made = homes.map((home) => ({ home, group: makeGroup(home, name, limits) }));
  const groups = [...new Set(made.flatMap(({ group }) => group ?? []))];
  const memory = made.find(({ home }) => home.controller === 'memory')?.group;
  return {
    joins: groups.map((group) => join(group, 'cgroup.procs')),
    limitsMemory: memory !== undefined,
    ranOutOfMemory: () => memory !== undefined && countKills(memory) > 0,
    remove: () => removeAll(groups),
  };
}
