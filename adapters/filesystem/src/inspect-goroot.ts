import { access, constants, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { GoRootFacts } from '@gofleet/build/environment/machine';
import { inspectFileSync } from './inspect-file.ts';
import { hostPlatform } from './toolchain-store.ts';

/** The first line of a tree's VERSION when it is one of Go's; `undefined` otherwise. */
export async function readGoVersion(goRoot: string): Promise<string | undefined> {
  const text = await readFile(join(goRoot, 'VERSION'), 'utf8').catch(() => '');
  const [line = ''] = text.split(/\r?\n/, 1);
  return /^(?:go\d|devel )/.test(line) ? line : undefined;
}

/** The compiler of a tree, for this machine. */
export function compilerPath(goRoot: string): string {
  const { os, arch } = hostPlatform();
  return join(goRoot, 'pkg', 'tool', `${os}_${arch}`, 'compile');
}

/** The release that built a program of a tree; `undefined` when it is not there or no Go program. */
function releaseOf(path: string): string | undefined {
  try {
    return inspectFileSync(path).goVersion;
  } catch {
    return undefined;
  }
}

async function isWritable(path: string): Promise<GoRootFacts['writableBy']> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts) return 'nobody';
  const groupWrites = (facts.mode & 0o020) !== 0 && facts.gid !== 0;
  if (groupWrites || (facts.mode & 0o002) !== 0) return 'others';
  // To root nothing is denied, which says nothing about the tree.
  if (process.getuid?.() === 0) return 'nobody';
  return access(path, constants.W_OK).then(
    () => 'this user' as const,
    () => 'nobody' as const,
  );
}

async function writableBy(goRoot: string): Promise<GoRootFacts['writableBy']> {
  const places = ['', 'bin/go', 'src', 'src/runtime'].map((name) => join(goRoot, name));
  const answers = await Promise.all([...places, compilerPath(goRoot)].map(isWritable));
  return answers.find((each) => each === 'others') ?? answers.find((each) => each !== 'nobody') ?? 'nobody';
}

/** What lies at a path that should be a tree of a Go release. */
export async function inspectGoRoot(path: string): Promise<GoRootFacts> {
  const source = await stat(join(path, 'src', 'runtime')).catch(() => undefined);
  return {
    path,
    version: await readGoVersion(path),
    go: releaseOf(join(path, 'bin', 'go')),
    compiler: releaseOf(compilerPath(path)),
    hasSource: source?.isDirectory() === true,
    writableBy: await writableBy(path),
  };
}

/** The release in whose tree a directory lies, else the one that a part of its path names: `…/versions/1.20.4/bin`. */
export async function releaseOfPath(path: string): Promise<string | undefined> {
  for (let directory = path; ; directory = dirname(directory)) {
    const version = await readGoVersion(directory);
    if (version !== undefined) return version;
    const [, named] =
      /^(?:go)?(1\.\d{1,2}(?:\.\d{1,2})?(?:rc\d|beta\d)?)(?:$|\.\D)/.exec(basename(directory)) ?? [];
    if (named !== undefined) return `go${named}`;
    if (dirname(directory) === directory) return undefined;
  }
}
