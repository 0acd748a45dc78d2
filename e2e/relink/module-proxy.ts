import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A repository of a test, with real git. */
export interface Repository {
  readonly dir: string;
  /** Runs git in it; returns what it printed. */
  git(...argv: readonly string[]): string;
  write(files: Readonly<Record<string, string>>): void;
  /** Commits all; returns the hash. */
  commit(): string;
}

/** A new repository with files committed, at times that are always the same: so are the hashes, and what caches keep of them. */
export function createRepository(dir: string, files: Readonly<Record<string, string>>): Repository {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
  let seconds = 1_700_000_000;
  const run = (argv: readonly string[]): string => {
    const date = `${seconds} +0000`;
    const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    return execFileSync('git', [...who, ...argv], { cwd: dir, encoding: 'utf8', stdio: 'pipe', env }).trim();
  };
  const repository: Repository = {
    dir,
    git: (...argv) => run(argv),
    write(changed) {
      for (const [name, text] of Object.entries(changed)) {
        mkdirSync(dirname(join(dir, name)), { recursive: true });
        writeFileSync(join(dir, name), text);
      }
    },
    commit() {
      seconds += 60;
      repository.git('add', '--all');
      repository.git('commit', '--quiet', '-m', 'all');
      return repository.git('rev-parse', 'HEAD');
    },
  };
  mkdirSync(dir, { recursive: true });
  repository.git('init', '--quiet');
  repository.write(files);
  repository.commit();
  return repository;
}

/** A module proxy in a directory. @see https://go.dev/ref/mod#goproxy-protocol */
export interface ModuleProxy {
  readonly url: string;
  /** Publishes a commit of a module that fills its repository; `names` are other words that it is asked for by. */
  publish(repository: Repository, module: string, version: string, names?: readonly string[]): void;
}

export function createModuleProxy(dir: string): ModuleProxy {
  return {
    url: pathToFileURL(dir).href,
    publish({ git }, module, version, names = []) {
      const at = join(dir, module, '@v');
      mkdirSync(at, { recursive: true });
      const Time = new Date(Number(git('show', '-s', '--format=%ct')) * 1000).toISOString();
      const info = JSON.stringify({
        Version: version,
        Time,
        Origin: { VCS: 'git', Hash: git('rev-parse', 'HEAD') },
      });
      for (const name of [version, ...names]) writeFileSync(join(at, `${name}.info`), info);
      writeFileSync(join(at, `${version}.mod`), `${git('show', 'HEAD:go.mod')}\n`);
      git(
        'archive',
        '--format=zip',
        `--prefix=${module}@${version}/`,
        '-o',
        join(at, `${version}.zip`),
        'HEAD',
      );
      writeFileSync(join(at, 'list'), `${version}\n`, { flag: 'a' });
    },
  };
}
