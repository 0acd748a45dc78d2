import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runGo } from '@gofleet/process/go-command';
import { findLocalGo, type LocalGo } from '../../apps/cli/src/local-go.ts';

/** A real `go` command with a directory of its own for what a test builds. */
export interface GoBench {
  readonly local: LocalGo;
  readonly dir: string;
  /** Installs `path@version` with a release; returns the executable. */
  install(target: string, goVersion: string, options?: GoOptions): Promise<string>;
  /** Builds a program from source files in a directory of their own, as `go build` does there; returns the executable. */
  build(files: Readonly<Record<string, string>>, goVersion: string, options?: GoOptions): Promise<string>;
  remove(): void;
}

export interface GoOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The smallest program, without imports, so that building it takes little more than the runtime. */
export const tinyProgram = {
  'go.mod': 'module example.com/tiny\n\ngo 1.16\n',
  'main.go': 'package main\n\nfunc main() { println("tiny") }\n',
};

function newest(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const [first] = files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (first === undefined) throw new Error(`${directory} is empty`);
  return first;
}

/** A bench in a new directory below the system's own for such things. */
export async function createGoBench(): Promise<GoBench> {
  const local = await findLocalGo();
  const dir = mkdtempSync(join(tmpdir(), 'gofleet-e2e-'));
  let count = 0;
  async function go(
    work: string,
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<void> {
    for (const name of ['home', 'tmp', 'gopath']) mkdirSync(join(work, name), { recursive: true });
    const end = await runGo({
      go: local.path,
      argv,
      dirs: { modCache: local.modCache, buildCache: local.buildCache, work },
      env: { ...local.moduleEnv, CGO_ENABLED: '0', ...env },
      timeoutMs: 600_000,
    });
    if (end.exitCode !== 0) throw new Error(`go ${argv.join(' ')}: ${end.stderr}`);
  }
  return {
    local,
    dir,
    async install(target, goVersion, { flags = ['-trimpath'], env = {} } = {}) {
      const work = join(dir, `install-${count++}`);
      await go(work, ['install', ...flags, target], { GOTOOLCHAIN: goVersion, ...env });
      return newest(join(work, 'gopath', 'bin'));
    },
    async build(files, goVersion, { flags = ['-trimpath'], env = {} } = {}) {
      const work = join(dir, `build-${count++}`);
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, name)), { recursive: true });
        writeFileSync(join(work, name), text);
      }
      const output = join(work, 'gopath', 'program');
      await go(work, ['build', ...flags, '-o', output, '.'], { GOTOOLCHAIN: goVersion, ...env });
      return output;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
