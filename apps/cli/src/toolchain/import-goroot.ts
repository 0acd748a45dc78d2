import { hash } from 'node:crypto';
import { access, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { type GoVersion, parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import { copyFiles } from '@gofleet/filesystem/copy-tree';
import { listFiles } from '@gofleet/filesystem/hash-tree';
import { publishToolchain } from '@gofleet/filesystem/publish-toolchain';
import { withStaging } from '@gofleet/filesystem/staging';
import { readToolchainRecord, toolchainDir, toolchainsRoot } from '@gofleet/filesystem/toolchain-store';
import { toolchainModule, toolchainVersion } from '@gofleet/resolve/choose-toolchain';
import type { Platform } from '@gofleet/resolve/platform';
import { lookUpSums } from '@gofleet/resolve/sumdb/checksum-database';
import {
  hashAsModule,
  hasReproducibleModule,
  isInModule,
  moduleZipPath,
  type ToolchainFile,
} from '@gofleet/resolve/toolchain/file-list';
import type { ToolchainRecord } from '@gofleet/resolve/toolchain/record';
import type { Context } from '../context.ts';
import type { Installed } from './install-toolchain.ts';
import type { Upstreams } from './upstreams.ts';

/** A GOROOT that was there before us. */
interface GoRoot {
  readonly dir: string;
  readonly release: GoVersion;
  readonly platform: Platform;
}

function notAGoRoot(dir: string, why: string, cause?: unknown): GofleetError {
  return new GofleetError('resolve.not-a-goroot', `${dir} is not the GOROOT of a Go release: ${why}`, {
    facts: { path: dir },
    hint: 'a GOROOT has VERSION, bin/go and pkg/tool; "go env GOROOT" prints that of a go command',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The platform that a GOROOT's compiler runs on: `pkg/tool/linux_amd64/compile`. */
async function platformOf(dir: string): Promise<Platform> {
  for (const name of await readdir(join(dir, 'pkg', 'tool')).catch(() => [])) {
    const [os, arch] = name.split('_');
    const compiler = join(dir, 'pkg', 'tool', name, os === 'windows' ? 'compile.exe' : 'compile');
    const hasCompiler = await access(compiler).then(
      () => true,
      () => false,
    );
    if (os !== undefined && arch !== undefined && hasCompiler) return { os, arch };
  }
  throw notAGoRoot(dir, 'no compiler below pkg/tool');
}

async function readGoRoot(given: string): Promise<GoRoot> {
  const dir = await realpath(given).catch((cause: unknown) => {
    throw notAGoRoot(given, 'it is not there', cause);
  });
  const text = await readFile(join(dir, 'VERSION'), 'utf8').catch((cause: unknown) => {
    throw notAGoRoot(dir, 'it has no VERSION', cause);
  });
  const written = text.split('\n')[0] ?? '';
  const release = parseGoVersion(written);
  if (release?.suffix !== '') throw notAGoRoot(dir, `VERSION says "${written.slice(0, 80)}"`);
  return { dir, release, platform: await platformOf(dir) };
}

type Proof = Pick<ToolchainRecord, 'proof' | 'h1'>;

interface Copy {
  readonly files: readonly ToolchainFile[];
  readonly record: Proof;
}

const goEnvFile = 'go.env';

/** Images of Go set `GOTOOLCHAIN=local` in go.env; the same files with that line as it was released, when there is such a line. */
async function withReleasedGoEnv(
  dir: string,
  files: readonly ToolchainFile[],
): Promise<{ text: string; files: ToolchainFile[] } | undefined> {
  const text = await readFile(join(dir, goEnvFile), 'utf8').catch(() => '');
  const released = text.replace(/^GOTOOLCHAIN=local$/m, 'GOTOOLCHAIN=auto');
  if (released === text) return undefined;
  const sha256 = hash('sha256', released, 'hex');
  return {
    text: released,
    files: files.map((file) => (file.path === goEnvFile ? { ...file, sha256 } : file)),
  };
}

/**
 * What the checksum database says of the copy, in which go.env is put back to what was released. Releases before Go 1.21 cannot be
 * derived from their files.
 */
async function prove(
  { release, platform, dir }: GoRoot,
  copy: { readonly dir: string; readonly files: readonly ToolchainFile[] },
  upstreams: Upstreams,
): Promise<Copy> {
  const { files } = copy;
  if (!hasReproducibleModule(release)) {
    return {
      files,
      record: { proof: { kind: 'none', by: 'no checksum is known of releases before Go 1.21' } },
    };
  }
  const moduleVersion = toolchainVersion(release, platform);
  const hashOf = (some: readonly ToolchainFile[]): string => hashAsModule(some, moduleVersion);
  const database = upstreams.database();
  const sums = await lookUpSums(database, toolchainModule, moduleVersion);
  const proof = { kind: 'checksum-database', by: database.key.name } as const;
  const h1 = hashOf(files);
  if (sums.includes(h1)) return { files, record: { proof, h1 } };
  const released = await withReleasedGoEnv(copy.dir, files);
  const releasedH1 = released && hashOf(released.files);
  if (released && releasedH1 !== undefined && sums.includes(releasedH1)) {
    await rm(join(copy.dir, goEnvFile));
    await writeFile(join(copy.dir, goEnvFile), released.text, { mode: 0o444 });
    return { files: released.files, record: { proof, h1: releasedH1 } };
  }
  throw new GofleetError(
    'resolve.wrong-checksum',
    `${dir} is not ${renderGoVersion(release)} as it was released: expected ${sums.join(' or ')}, found ${h1}`,
    {
      facts: { path: dir, expected: sums.join(' '), found: h1 },
      hint: 'files were changed or added, or it was built here; install the release instead, or import it with --allow-unverified',
    },
  );
}

/** What nobody could vouch for is not copied. */
function belongs(path: string, { release, platform }: GoRoot): boolean {
  return hasReproducibleModule(release) ? isInModule(path, release, platform) : !path.startsWith('.git/');
}

/** In Go's own module cache each `_go.mod` has its copy beside it, which is made again when the toolchain is published. */
function withoutCopies(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return paths.filter((path) => moduleZipPath(path) === path || !all.has(moduleZipPath(path)));
}

/** A tree to import. */
export interface ImportRequest {
  readonly dir: string;
  /** Take it although nobody vouches for it. */
  readonly allowUnverified: boolean;
  readonly upstreams: Upstreams;
}

/**
 * Copies a GOROOT and makes the copy an installed toolchain, after comparing it with the checksum database.
 * @throws `resolve.not-a-goroot`, `resolve.wrong-checksum`, those of `lookUpSums` and of the disk
 */
export async function importGoRoot(
  request: ImportRequest,
  { signal, progress }: Context,
): Promise<Installed> {
  const goRoot = await readGoRoot(resolve(request.dir));
  const { release, platform } = goRoot;
  const goVersion = renderGoVersion(release);
  const target = toolchainDir(goVersion, platform);
  const there = await readToolchainRecord(target);
  if (there) return { dir: target, record: there, already: true };
  return withStaging(toolchainsRoot(), async ({ dir }) => {
    const step = `import ${goRoot.dir}`;
    const listed = await listFiles(goRoot.dir, { leaveOut: (path) => !belongs(path, goRoot) });
    const paths = withoutCopies(listed);
    const files = await copyFiles(
      { from: goRoot.dir, to: dir, paths },
      { signal, onProgress: (done, total) => progress.report({ step, done, total }) },
    );
    const proved = await prove(goRoot, { dir, files }, request.upstreams).catch((thrown: unknown): Copy => {
      if (!request.allowUnverified || !isGofleetError(thrown)) throw thrown;
      return { files, record: { proof: { kind: 'none', by: thrown.message } } };
    });
    const record = {
      goVersion,
      platform,
      source: { kind: 'import', from: goRoot.dir } as const,
      ...proved.record,
    };
    const published = await publishToolchain({ dir, target, files: proved.files, record });
    const now = published ?? (await readToolchainRecord(target));
    if (now) return { dir: target, record: now, already: published === undefined };
    throw notAGoRoot(target, 'it is in the way');
  });
}

/** Where other version managers keep their Go releases: a folder of folders, and the GOROOT in each. */
const managers: Readonly<Record<string, () => { readonly dir: string; readonly goRoot: string }>> = {
  asdf: () => ({
    dir: join(process.env.ASDF_DATA_DIR || join(homedir(), '.asdf'), 'installs', 'golang'),
    goRoot: 'go',
  }),
  mise: () => {
    const data = process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share');
    return { dir: join(process.env.MISE_DATA_DIR || join(data, 'mise'), 'installs', 'go'), goRoot: '.' };
  },
  goenv: () => ({ dir: join(process.env.GOENV_ROOT || join(homedir(), '.goenv'), 'versions'), goRoot: '.' }),
  gvm: () => ({ dir: join(process.env.GVM_ROOT || join(homedir(), '.gvm'), 'gos'), goRoot: '.' }),
  sdk: () => ({ dir: join(homedir(), 'sdk'), goRoot: '.' }),
};

/**
 * The GOROOTs of another version manager; names that are links to one another count once.
 * @throws `resolve.nothing-to-import` when it keeps nothing here
 */
export async function findGoRoots(manager: string): Promise<string[]> {
  const place = managers[manager]?.();
  const names = place ? await readdir(place.dir).catch(() => undefined) : undefined;
  if (!place || !names) {
    throw new GofleetError(
      'resolve.nothing-to-import',
      `${manager} keeps no Go releases in ${place?.dir ?? manager}`,
      { facts: { path: place?.dir } },
    );
  }
  const goRoots = await Promise.all(
    names.map((name) => realpath(join(place.dir, name, place.goRoot)).catch(() => undefined)),
  );
  return [...new Set(goRoots.filter((dir) => dir !== undefined))].sort();
}
