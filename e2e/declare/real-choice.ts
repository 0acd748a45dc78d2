import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runGo } from '@gofleet/process/go-command';
import { findLocalGo } from '../../apps/cli/src/local-go.ts';
import type { ChoiceCase } from './choice-cases.ts';

/** A release to ask, as the local Go of a machine. */
export interface BaseGo {
  readonly goVersion: string;
  readonly goRoot: string;
}

/** The GOROOT of each release, fetched as a toolchain module unless it is there. */
export async function findBases(goVersions: readonly string[]): Promise<BaseGo[]> {
  const local = await findLocalGo();
  const work = mkdtempSync(join(tmpdir(), 'gofleet-e2e-'));
  for (const name of ['home', 'tmp', 'gopath']) mkdirSync(join(work, name));
  try {
    const bases: BaseGo[] = [];
    for (const goVersion of goVersions) {
      const end = await runGo({
        go: local.path,
        argv: ['env', 'GOROOT'],
        dirs: { modCache: local.modCache, buildCache: local.buildCache, work },
        env: { ...local.moduleEnv, GOTOOLCHAIN: goVersion },
        timeoutMs: 600_000,
      });
      if (end.exitCode !== 0) throw new Error(`${goVersion}: ${end.stderr}`);
      bases.push({ goVersion, goRoot: end.stdout.trim() });
    }
    return bases;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A case written to disk. */
export interface Layout {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Writes the files of a case below a root of its own. */
export function writeCase(
  root: string,
  { files = {}, links = {}, directory = 'work', env = {} }: ChoiceCase,
): Layout {
  for (const name of ['home', 'cache', 'tmp']) mkdirSync(join(root, name), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text.replaceAll('ROOT', root));
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
  const own = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll('ROOT', root)]),
  );
  return {
    directory: join(root, directory),
    env: { HOME: join(root, 'home'), TMPDIR: join(root, 'tmp'), ...own },
  };
}

/** What the `go` command does: the name of the toolchain that it runs or would fetch, or why it refuses. */
export type RealChoice = { readonly runs: string } | { readonly refuses: string };

function readAnswer(stdout: string, stderr: string): RealChoice {
  const own = /^go version (.+) \w+\/\w+\n$/.exec(stdout)?.[1];
  if (own !== undefined) return { runs: own };
  const wanted =
    /^go: downloading (.+) \(\w+\/\w+\)$/m.exec(stderr)?.[1] ??
    /^go: invalid toolchain: (.+) is a language version/m.exec(stderr)?.[1] ??
    /^go: download (.+): non-semver module version/m.exec(stderr)?.[1] ??
    /cannot find "(.+)" in PATH/.exec(stderr)?.[1];
  return wanted === undefined ? { refuses: stderr.replace(/^(?:go: )+/, '').trim() } : { runs: wanted };
}

/** Asks `go version` of a release, with no other toolchain in reach: it then names the one that it cannot get. */
export function askRealGo({ goRoot }: BaseGo, { directory, env }: Layout): Promise<RealChoice> {
  const child = spawn(join(goRoot, 'bin', 'go'), ['version'], {
    cwd: directory,
    env: {
      PATH: join(goRoot, 'bin'),
      PWD: directory,
      GOPROXY: 'off',
      GOMODCACHE: join(env.HOME ?? '', 'modcache'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(readAnswer(output.stdout, output.stderr)));
  });
}
