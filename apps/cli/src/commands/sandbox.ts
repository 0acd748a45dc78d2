import { once } from 'node:events';
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { parseSize } from '@gofleet/base/parse-size';
import { renderBytes, renderDuration } from '@gofleet/base/units';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import type { Command } from 'commander';
import { checked } from '../checked.ts';
import { action, type Context } from '../context.ts';
import { findLocalGo } from '../local-go.ts';
import { parseCount } from '../parse-count.ts';
import { parseSeconds } from '../parse-seconds.ts';
import { createRoleLog } from '../role-log.ts';
import { findReleases } from '../sandbox/find-releases.ts';
import { removeRemains } from '../sandbox/remove-remains.ts';
import { findLandlock, findSandboxPrograms, placeStandIn } from '../sandbox/sandbox-programs.ts';
import { type SandboxLimits, usualSandboxLimits } from '../sandbox/sandbox-settings.ts';
import { serveSandbox } from '../sandbox/serve-sandbox.ts';

interface Options {
  readonly volume: string;
  readonly listen: string;
  readonly dir?: string;
  readonly goroot: readonly string[];
  readonly install: readonly string[];
  readonly landlock: boolean;
  readonly limitMemory?: number;
  readonly limitCpuTime?: number;
  readonly limitTime?: number;
  readonly limitDisk?: number;
  readonly limitOutput?: number;
  readonly limitProcesses?: number;
  readonly builds?: number;
  readonly queue?: number;
}

function limitsOf(options: Options): SandboxLimits {
  const seconds = (given: number | undefined, usualMs: number): number =>
    given === undefined ? usualMs : given * 1000;
  const usual = usualSandboxLimits;
  return {
    memoryBytes: options.limitMemory ?? usual.memoryBytes,
    cpuMs: seconds(options.limitCpuTime, usual.cpuMs),
    timeMs: seconds(options.limitTime, usual.timeMs),
    diskBytes: options.limitDisk ?? usual.diskBytes,
    outputBytes: options.limitOutput ?? usual.outputBytes,
    processes: options.limitProcesses ?? usual.processes,
    builds: options.builds ?? usual.builds,
    queue: options.queue ?? usual.queue,
  };
}

/** Where modules come from; who may read what of a private source is not for programs that run here. */
async function moduleEnv(): Promise<Record<string, string>> {
  const { moduleEnv: found } = await findLocalGo();
  const { NETRC: _, GOAUTH: __, ...kept } = found;
  return kept;
}

async function requireVolume(volume: string): Promise<string> {
  return await realpath(volume).catch((cause: Error) => {
    throw new GofleetError('cli.usage', `sandbox: the volume ${volume} is not there`, {
      hint: 'name the directory that is shared with the callers, at the path that they see',
      cause,
    });
  });
}

async function run(context: Context, options: Options): Promise<undefined> {
  const log = createRoleLog('sandbox', context);
  const dir = resolve(options.dir ?? join(cacheRoot(), 'sandbox'));
  const socket = resolve(options.listen);
  for (const each of [dir, dirname(socket)]) await mkdir(each, { recursive: true });
  const programs = await findSandboxPrograms(join(dir, 'programs'));
  const landlock = options.landlock ? await findLandlock(programs) : 0;
  const releases = await findReleases({ goroots: options.goroot, install: options.install }, context);
  const settings = {
    ...{ volume: await requireVolume(options.volume), dir: await realpath(dir), landlock, releases },
    ...{ confine: programs.confine, moduleEnv: await moduleEnv(), limits: limitsOf(options) },
  };
  await removeRemains(settings.dir);
  await placeStandIn(programs, socket);
  const sandbox = await serveSandbox(socket, settings, log);
  const versions = releases.map(({ version }) => version);
  log('info', 'listening', { socket, volume: settings.volume, landlock, releases: versions });
  if (landlock === 0)
    log('warn', 'no Landlock: builds are kept in the volume by checks alone, see docs/sandbox.md');
  if (!context.signal.aborted) await once(context.signal, 'abort');
  await sandbox.close();
  return undefined;
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Adds `gofleet sandbox`. */
export function register(program: Command): void {
  const usual = usualSandboxLimits;
  const size = checked(parseSize);
  program
    .command('sandbox')
    .description(
      'role, run beside other containers of a pod: builds, vets and tests what lies in one shared volume, and puts a "go" beside its socket',
    )
    .requiredOption('--volume <dir>', 'the only files that are built, at the path that the callers see')
    .requiredOption('--listen <socket>', 'a Unix socket; the "go" for the callers is put into its directory')
    .option('--dir <dir>', 'caches and temporary files (default: in the cache folder)')
    .option('--goroot <dir>', 'a Go release to offer; may be repeated', collect, [])
    .option('--install <version>', 'a Go release to fetch and verify first; may be repeated', collect, [])
    .option('--no-landlock', 'confine builds without the help of the kernel')
    .option('--limit-memory <size>', `of a build (default: ${renderBytes(usual.memoryBytes)})`, size)
    .option(
      '--limit-cpu-time <seconds>',
      `of a build, all processes (default: ${renderDuration(usual.cpuMs)})`,
      parseSeconds,
    )
    .option('--limit-time <seconds>', `of a build (default: ${renderDuration(usual.timeMs)})`, parseSeconds)
    .option('--limit-disk <size>', `of everything in --dir (default: ${renderBytes(usual.diskBytes)})`, size)
    .option('--limit-output <size>', `that a build prints (default: ${renderBytes(usual.outputBytes)})`, size)
    .option('--limit-processes <n>', `of a build (default: ${usual.processes})`, parseCount(10, 100_000))
    .option('--builds <n>', `at a time (default: ${usual.builds})`, parseCount(1, 99))
    .option('--queue <n>', `builds that wait (default: ${usual.queue})`, parseCount(0, 999))
    .action(action(run));
}
