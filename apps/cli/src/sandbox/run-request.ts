import { closeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxRequest } from '@gofleet/build/sandbox/protocol';
import { hostPlatform } from '@gofleet/filesystem/toolchain-store';
import { noTelemetryChild } from '@gofleet/process/go-command';
import { checkLinks } from './check-links.ts';
import { chooseRelease } from './choose-release.ts';
import { openBeneath, placeOutput } from './place-output.ts';
import { planRun, type RunPlan } from './plan-run.ts';
import { runPrefix } from './remove-remains.ts';
import { type ConfinedRun, type OnOutput, runConfined } from './run-confined.ts';
import type { SandboxSettings } from './sandbox-settings.ts';
import { isInside, Volume } from './volume.ts';

/** The directories of one run, and those that all runs share. */
function directoriesOf({ dir }: SandboxSettings, work: string) {
  return {
    GOCACHE: join(dir, 'build'),
    GOMODCACHE: join(dir, 'mod'),
    GOPATH: join(work, 'gopath'),
    GOTMPDIR: join(work, 'tmp'),
    TMPDIR: join(work, 'tmp'),
    HOME: join(work, 'home'),
  };
}

/** The whole environment of the `go` command. Nothing that it could start lies in PATH: version control above all. */
function environmentOf(plan: RunPlan, settings: SandboxSettings, work: string): Record<string, string> {
  const { goRoot, directory, command } = plan;
  const systemPath = command.name === 'test' ? ':/usr/local/bin:/usr/bin:/bin' : '';
  return {
    ...settings.moduleEnv,
    ...directoriesOf(settings, work),
    PATH: `${goRoot}/bin${systemPath}`,
    PWD: directory,
    LC_ALL: 'C',
    GOROOT: goRoot,
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    GOFLAGS: '-buildvcs=false -modcacherw',
    ...noTelemetryChild,
    GO111MODULE: 'on',
    CGO_ENABLED: '0',
    GOVCS: '*:off',
    GOAUTH: 'off',
    ...plan.env,
  };
}

/** What a Go program reads of a system: names, certificates, time zones, its own limits. */
const systemFiles = [
  ...['resolv.conf', 'hosts', 'nsswitch.conf', 'ssl', 'pki', 'passwd', 'group', 'localtime', 'services'],
].map((name) => `r/etc/${name}`);
const readable = [...systemFiles, 'r/proc', 'r/sys/fs/cgroup', 'r/usr/share', 'r/dev/urandom', 'w/dev/null'];
/** A test may start what the image of the sandbox has. */
const programs = ['x/usr', 'x/bin', 'x/lib', 'x/lib64', 'r/etc'];

/** Directories that GOPROXY names as `file://` addresses. */
function proxyDirectories({ GOPROXY = '' }: Readonly<Record<string, string>>): string[] {
  return GOPROXY.split(/[,|]/).flatMap((entry) => {
    const [, path] = /^file:\/\/(\/.+)$/.exec(entry.trim()) ?? [];
    return path === undefined ? [] : [`r${decodeURIComponent(path)}`];
  });
}

/** A build reads the volume and executes the release only; a test is the caller's own code, and may use the volume as he may. */
function pathsOf({ goRoot, command }: RunPlan, settings: SandboxSettings, work: string): string[] {
  const { volume, moduleEnv } = settings;
  const { GOCACHE, GOMODCACHE } = directoriesOf(settings, work);
  const isTest = command.name === 'test';
  return [
    `x${goRoot}`,
    `w${GOCACHE}`,
    `w${GOMODCACHE}`,
    ...readable,
    ...proxyDirectories(moduleEnv),
    ...(isTest ? [`a${work}`, `a${volume}`, ...programs] : [`w${work}`, `r${volume}`]),
  ];
}

type GoRun = Pick<ConfinedRun, 'argv' | 'onOutput'>;

/** The `go` command of a plan, as often as it is needed. */
class PlannedGo {
  readonly #run: Omit<ConfinedRun, 'argv' | 'onOutput'>;
  readonly #settings: SandboxSettings;

  constructor(
    plan: RunPlan,
    settings: SandboxSettings,
    of: { work: string; cwd: number; signal: AbortSignal },
  ) {
    const { work, cwd, signal } = of;
    this.#settings = settings;
    this.#run = {
      program: `${plan.goRoot}/bin/go`,
      env: environmentOf(plan, settings, work),
      directory: `/proc/self/fd/${cwd}`,
      paths: pathsOf(plan, settings, work),
      signal,
    };
  }

  run(go: GoRun): Promise<number> {
    return runConfined({ ...this.#run, ...go }, this.#settings);
  }
}

/** Whether Go would write a program without `-o`: when there is exactly one package, and it is a main one. */
async function isOneProgram(plan: RunPlan, go: PlannedGo): Promise<boolean> {
  const flags = plan.argv.filter((word) => /^-(?:tags|mod)=/.test(word));
  const argv = ['list', '-find', '-f', '{{.Name}}', ...flags, '--', ...plan.command.packages];
  let names = '';
  const onOutput: OnOutput = (kind, bytes) => {
    if (kind === 'stdout' && names.length < 4096) names += bytes.toString();
    return undefined;
  };
  // When it fails the build will, and says why.
  return (await go.run({ argv, onOutput })) === 0 && names.trim() === 'main';
}

async function runBuild(
  plan: RunPlan,
  go: PlannedGo,
  { volume, out, onOutput }: { volume: string; out: string; onOutput: OnOutput },
): Promise<number> {
  const [name = '', ...rest] = plan.argv;
  const wish =
    plan.output === 'default' && (await isOneProgram(plan, go)) ? { directory: plan.directory } : plan.output;
  if (typeof wish === 'string') {
    const flag = wish === 'none' ? ['-o=/dev/null'] : [];
    return go.run({ argv: [name, ...flag, ...rest], onOutput });
  }
  const to = 'name' in wish && wish.name !== undefined ? join(out, wish.name) : `${out}/`;
  const code = await go.run({ argv: [name, `-o=${to}`, ...rest], onOutput });
  for (const made of code === 0 ? await readdir(out) : [])
    await placeOutput(join(out, made), { root: volume, directory: wish.directory, name: made });
  return code;
}

/** What one request is run with. */
export interface RequestRun {
  readonly signal: AbortSignal;
  readonly onOutput: OnOutput;
}

/** `go version`, from the release itself: it needs no module and runs nothing. */
function answerVersion(request: SandboxRequest, volume: Volume, { releases }: SandboxSettings): string {
  const isInVolume = isInside(request.directory, volume.root);
  const directory = isInVolume ? volume.findDirectory(request.directory) : volume.root;
  const { version } = chooseRelease({ volume, directory, env: {}, releases });
  const { os, arch } = hostPlatform();
  return `go version ${version} ${os}/${arch}\n`;
}

/**
 * Checks and runs one call of the `go` command; what a build makes is put into the volume when it has succeeded.
 * @returns the exit code of `go`
 * @throws `build.sandbox-refused`, `build.sandbox-no-release`, `build.sandbox-over-limit`, `process.aborted`
 */
export async function runRequest(
  request: SandboxRequest,
  settings: SandboxSettings,
  { signal, onOutput }: RequestRun,
): Promise<number> {
  const volume = new Volume(settings.volume);
  if (request.argv.join(' ') === 'version') {
    await onOutput('stdout', Buffer.from(answerVersion(request, volume, settings)));
    return 0;
  }
  const plan = planRun(request, volume, settings);
  if (settings.landlock === 0) checkLinks(volume);
  const work = await mkdtemp(join(settings.dir, `${runPrefix}${process.pid}-`));
  const cwd = openBeneath(volume.root, plan.directory);
  try {
    const out = join(work, 'out');
    for (const each of [...Object.values(directoriesOf(settings, work)), out])
      await mkdir(each, { recursive: true });
    const go = new PlannedGo(plan, settings, { work, cwd, signal });
    if (plan.command.name !== 'build') return await go.run({ argv: plan.argv, onOutput });
    return await runBuild(plan, go, { volume: volume.root, out, onOutput });
  } finally {
    closeSync(cwd);
    await rm(work, { recursive: true, force: true });
  }
}
