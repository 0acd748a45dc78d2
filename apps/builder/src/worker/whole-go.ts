import { access, chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { requireGoRelease } from '@gofleet/base/go-version';
import { explainGoFailure } from '@gofleet/build/go-failure';
import { type GoRun, runGo } from '@gofleet/process/go-command';
import { toolchainModule, toolchainVersion } from '@gofleet/resolve/choose-toolchain';
import type { Platform } from '@gofleet/resolve/platform';

/** How the first `go` is run. */
export interface WholeGoOptions extends Platform {
  /** Path of a `go` program, links resolved; it may stand alone, without compiler and library. */
  readonly go: string;
  /** The release that it is of. */
  readonly goVersion: string;
  readonly dirs: { readonly modCache: string; readonly buildCache: string; readonly work: string };
  /** GOPROXY and the like. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Fetches a module, verified, into the module cache; answers its folder. */
async function downloadModule(options: WholeGoOptions, module: string): Promise<string> {
  const { go, dirs, env, signal } = options;
  const argv = ['mod', 'download', '-json', module];
  await mkdir(dirs.work, { recursive: true });
  const work = await mkdtemp(join(dirs.work, 'go-'));
  try {
    for (const name of ['home', 'tmp', 'gopath']) await mkdir(join(work, name));
    const run: GoRun = {
      ...{ go, argv, timeoutMs: 600_000 },
      dirs: { ...dirs, work },
      // A trimmed `go` does not find its own folder when the rest of the release is not there.
      env: { ...env, GOTOOLCHAIN: 'local', GOROOT: dirname(dirname(go)) },
      ...(signal === undefined ? {} : { signal }),
    };
    const { exitCode, stdout, stderr } = await runGo(run);
    if (exitCode === 0) return (JSON.parse(stdout) as { Dir: string }).Dir;
    // With -json the reason is on standard output.
    const output = `${stderr}${/"Error": (".*")/.exec(stdout)?.[1] ?? stdout}`;
    throw explainGoFailure({ goVersion: options.goVersion, package: module, output, exitCode });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Modules are stored without execute permission; the `go` command sets it only on releases that it switches to. */
async function makeExecutable(root: string): Promise<void> {
  const tools = join(root, 'pkg/tool');
  const folders = [join(root, 'bin'), ...(await readdir(tools)).map((name) => join(tools, name))];
  for (const folder of folders)
    for (const name of await readdir(folder)) await chmod(join(folder, name), 0o755);
}

/**
 * Path of a `go` that has its compiler and library with it: the given one, or the same release fetched (and verified) as a
 * module. Other releases are started by it through GOTOOLCHAIN; its own release it would otherwise start as it is, lone.
 * @throws `base.malformed-go-version` when it is no release, and the codes of `explainGoFailure`
 */
export async function findWholeGo(options: WholeGoOptions): Promise<string> {
  const { go, goVersion } = options;
  if (await exists(join(dirname(dirname(go)), 'pkg/tool'))) return go;
  const version = toolchainVersion(requireGoRelease(goVersion), options);
  const root = await downloadModule(options, `${toolchainModule}@${version}`);
  await makeExecutable(root);
  return join(root, 'bin/go');
}
