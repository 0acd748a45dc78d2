import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { VcsFacts } from '@gofleet/build/source';
import { runProgram } from '../run-program.ts';

/** A work tree to make a repository of. */
export interface Replay {
  readonly root: string;
  readonly facts: VcsFacts;
  /** Folder of the main module in the tree; a prefix of its tags. */
  readonly directory: string;
  readonly signal?: AbortSignal;
}

/** Runs git in the tree with a configuration of nobody. */
async function git({ root, facts, signal }: Replay, ...argv: readonly string[]): Promise<string> {
  const who = { NAME: 'gofleet', EMAIL: 'gofleet@localhost', DATE: `${facts.timeSeconds} +0000` };
  const people = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
    Object.entries(who).map(([name, value]) => [`GIT_${role}_${name}`, value]),
  );
  const system = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const env = { ...system, ...Object.fromEntries(people) };
  const run = { program: 'git', argv, env, directory: root, timeoutMs: 300_000 };
  const end = await runProgram({ ...run, ...(signal === undefined ? {} : { signal }) });
  if (end.exitCode === 0) return end.stdout.trim();
  throw new GofleetError('build.git-failed', `git ${argv[0]}: ${end.stderr.trim().slice(0, 400)}`, {
    facts: { command: argv.join(' '), exitCode: end.exitCode },
  });
}

async function writeRef(root: string, name: string, hash: string): Promise<void> {
  const path = join(root, '.git', ...name.split('/'));
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `${hash}\n`);
}

/** git's own name for "this commit stands in for that one", and an object under the wanted name, for looking up short ones. */
async function standIn(root: string, commit: string, wanted: string): Promise<void> {
  const place = (hash: string): string => join(root, '.git', 'objects', hash.slice(0, 2), hash.slice(2));
  await mkdir(join(place(wanted), '..'), { recursive: true });
  await copyFile(place(commit), place(wanted));
  await writeRef(root, `refs/replace/${wanted}`, commit);
  await writeFile(join(root, '.git', 'HEAD'), `${wanted}\n`);
}

/**
 * Makes a work tree a git repository that tells the `go` command what the original's told: commit, time, tags, and whether
 * something was not committed. The commit is a stand-in for the one that was recorded; that the tree is its content only the
 * proof shows.
 * @throws `build.needs-git`, `build.git-failed`
 * @see git-replace(1); Go cmd/go/internal/vcs gitStatus, cmd/go/internal/modfetch/codehost/git.go statLocal (go1.26)
 */
export async function replayVcs(replay: Replay): Promise<void> {
  const { root, facts, directory } = replay;
  try {
    await git(replay, 'init', '--quiet');
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'process.cannot-start') throw thrown;
    const message = 'git is needed to build a checkout as the original was';
    throw new GofleetError('build.needs-git', message, { hint: 'install git', cause: thrown });
  }
  await git(replay, 'add', '--all', '--force');
  const tree = await git(replay, 'write-tree');
  const earlier = await git(replay, 'commit-tree', tree, '-m', 'before');
  const commit = await git(replay, 'commit-tree', tree, '-p', earlier, '-m', 'source');
  await standIn(root, commit, facts.revision);
  const prefix = directory === '' ? '' : `${directory}/`;
  if (facts.tag !== undefined) await writeRef(root, `refs/tags/${prefix}${facts.tag}`, facts.revision);
  if (facts.earlierTag !== undefined) await writeRef(root, `refs/tags/${prefix}${facts.earlierTag}`, earlier);
  if (facts.modified) await writeFile(join(root, '.gofleet-modified'), '');
}
