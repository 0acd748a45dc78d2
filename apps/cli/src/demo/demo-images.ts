import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { type GoDirs, runGo } from '@gofleet/process/go-command';
import type { Progress } from '../progress.ts';
import { copyTreeSource } from './copy-tree-source.ts';
import type { PublishedOperator } from './operator.ts';

/** Where and with what the demo's images are made. */
export interface DemoImagesOptions {
  /** Finished images; what is there already is not made again. */
  readonly dir: string;
  readonly go: string;
  readonly goproxy: string;
  readonly gosumdb: string;
  readonly modCache: string;
  readonly buildCache: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** An image that was made on this machine. */
export interface DemoImage {
  readonly reference: string;
  readonly tar: string;
}

interface GoInstall {
  readonly options: DemoImagesOptions;
  readonly goVersion: string;
  readonly argv: readonly string[];
  readonly step: string;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Runs `go` in a clean environment and a work folder that is removed afterwards; `use` gets the folder while it is there. */
async function withGo<T>(
  { options, goVersion, argv, step }: GoInstall,
  use: (work: string) => Promise<T>,
): Promise<T> {
  await mkdir(options.dir, { recursive: true });
  const work = await mkdtemp(join(options.dir, 'work-'));
  const dirs: GoDirs = { modCache: options.modCache, buildCache: options.buildCache, work };
  const env = {
    GOPROXY: options.goproxy,
    GOSUMDB: options.gosumdb,
    GOTOOLCHAIN: goVersion,
    CGO_ENABLED: '0',
    GOBIN: work,
  };
  let built = 0;
  const onLine = (line: string): void => {
    built += 1;
    options.progress.report({ step, message: `${built} steps, ${line.slice(0, 60)}` });
  };
  try {
    for (const folder of ['tmp', 'home', 'gopath']) await mkdir(join(work, folder), { recursive: true });
    options.progress.report({ step });
    const end = await runGo({
      go: options.go,
      argv,
      dirs,
      env,
      timeoutMs: 30 * 60_000,
      signal: options.signal,
      onLine,
    });
    if (end.exitCode !== 0) {
      const said = end.stderr.trim().split('\n').slice(-8).join('\n');
      throw new GofleetError(
        'cli.demo-build-failed',
        `go ${argv.join(' ')}: exit code ${end.exitCode}: ${said}`,
      );
    }
    return await use(work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function onlyExecutable(work: string): Promise<string> {
  const entries = await readdir(work, { withFileTypes: true });
  const file = entries.find((entry) => entry.isFile());
  if (!file) throw new GofleetError('cli.demo-build-failed', `go install left no executable in ${work}`);
  return join(work, file.name);
}

/** The operator, built from its released module with the Go release that its go.mod names, as `/manager` of an image. */
export async function makeOperatorImage(
  options: DemoImagesOptions,
  operator: PublishedOperator,
): Promise<DemoImage & { readonly executable: string }> {
  const { module, version, goVersion } = operator;
  const name = `${operator.deployment}-${version}-${goVersion}`;
  const executable = join(options.dir, name);
  const tar = `${executable}.tar`;
  const reference = `docker.io/gofleet-demo/${operator.deployment}:${version}`;
  if (!(await exists(tar))) {
    const argv = ['install', '-v', '-trimpath', `${module}@${version}`];
    await withGo(
      { options, goVersion, argv, step: `building ${operator.title} ${version} with ${goVersion}` },
      async (work) => {
        await copyFile(await onlyExecutable(work), `${executable}.new`);
        await rename(`${executable}.new`, executable);
      },
    );
    await packDockerArchive(
      {
        repoTag: reference,
        entrypoint: [operator.executable],
        user: '1000:1000',
        files: [{ path: operator.executable, source: executable, mode: 0o755 }],
      },
      tar,
    );
  }
  return { reference, tar, executable };
}

/** An image with a whole Go tree at /goroot and `/copy-tree`: what the published technique copies into each pod. */
export async function makeGoTreeImage(options: DemoImagesOptions, goVersion: string): Promise<DemoImage> {
  const tar = join(options.dir, `go-tree-${goVersion}.tar`);
  const reference = `docker.io/gofleet-demo/go-tree:${goVersion.replace(/^go/, '')}`;
  if (await exists(tar)) return { reference, tar };
  await mkdir(options.dir, { recursive: true });
  const source = join(options.dir, 'copy-tree.go');
  const binary = join(options.dir, 'copy-tree');
  await writeFile(source, copyTreeSource);
  const step = `packing a Go tree (${goVersion}) as the published technique does`;
  await withGo(
    { options, goVersion, argv: ['build', '-trimpath', '-o', binary, source], step },
    async () => undefined,
  );
  const goRoot = await goRootOf(options, goVersion);
  await packDockerArchive(
    {
      repoTag: reference,
      entrypoint: ['/copy-tree'],
      files: [
        { path: '/copy-tree', source: binary, mode: 0o755 },
        { path: '/goroot', source: goRoot },
      ],
    },
    tar,
  );
  for (const path of [source, binary]) await rm(path);
  return { reference, tar };
}

async function goRootOf(options: DemoImagesOptions, goVersion: string): Promise<string> {
  const platform = `linux-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
  const fetched = join(options.modCache, 'golang.org', `toolchain@v0.0.1-${goVersion}.${platform}`);
  return (await exists(fetched)) ? fetched : join(options.go, '..', '..');
}
