import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import type { RelinkOriginal } from '@gofleet/build/relink';
import { isStamped, moduleDirectory, renderSource, type SourceSpec } from '@gofleet/build/source';
import { runUntilTimeout, type Workshop } from '../workshop.ts';
import { copyTree } from './copy-tree.ts';
import { fetchModule } from './fetch-module.ts';
import { unzip } from './unzip.ts';
import { stageWrapper } from './wrapper.ts';

/** A source that is staged as a tree of files. */
export type TreeSource = Exclude<SourceSpec, { kind: 'release' | 'dependency' | 'versions' }>;

interface Staging {
  readonly shop: Workshop;
  readonly original: RelinkOriginal;
  /** The tree's root, empty. */
  readonly root: string;
  /** Names of source files that the executable holds. */
  readonly sourceNames: ReadonlySet<string>;
}

function notTheSource(source: TreeSource, why: string): GofleetError {
  return new GofleetError('build.wrong-source', `${renderSource(source)} is not the source: ${why}`, {
    facts: { source: renderSource(source) },
  });
}

async function stageModule(source: Extract<TreeSource, { kind: 'module' }>, staging: Staging): Promise<void> {
  const { shop, original, root } = staging;
  const fetched = await fetchModule(shop, source.path, source.query);
  const revision = isStamped(original) ? original.settings['vcs.revision'] : undefined;
  if (revision !== undefined && fetched.commit !== undefined && fetched.commit !== revision) {
    throw notTheSource(source, `it is commit ${fetched.commit}, the original is of ${revision}`);
  }
  const folder = fetched.subdirectory ?? moduleDirectory(source.path);
  await copyTree(fetched.directory, join(root, folder));
}

/** Names that `git` takes for options are none; transports that run programs are not asked. */
async function stageGit(
  source: Extract<TreeSource, { kind: 'git' }>,
  { shop, root }: Staging,
): Promise<void> {
  const env = {
    ...{ PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', HOME: shop.env.HOME ?? '/nonexistent' },
    ...{ GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file' },
  };
  const revision = source.revision === '' ? 'HEAD' : source.revision;
  const runs = [
    ['clone', '--quiet', '--no-checkout', '--', source.repository, root],
    ['-C', root, 'checkout', '--quiet', '--detach', `${revision}^{commit}`],
  ];
  for (const argv of runs) {
    const run = { program: 'git', argv, env, directory: shop.work, timeoutMs: shop.limits.timeMs };
    const end = await runUntilTimeout(`fetching ${renderSource(source)}`, {
      ...run,
      ...(shop.signal === undefined ? {} : { signal: shop.signal }),
    });
    if (end.exitCode === 0) continue;
    const said = end.stderr.trim().split('\n').at(-1) ?? '';
    throw new GofleetError(
      'build.source-gone',
      `${renderSource(source)} cannot be had: ${said.slice(0, 300)}`,
      {
        facts: { source: renderSource(source), exitCode: end.exitCode },
      },
    );
  }
  await rm(join(root, '.git'), { recursive: true });
}

/** The source's top: archives of source hosts hold a single directory. */
async function topOf(root: string): Promise<string> {
  const [first, ...more] = await readdir(root, { withFileTypes: true });
  const hasGoMod = await access(join(root, 'go.mod')).then(
    () => true,
    () => false,
  );
  return !hasGoMod && first?.isDirectory() && more.length === 0 ? topOf(join(root, first.name)) : root;
}

/**
 * Puts the files of a source below a new directory.
 * @returns the top of the tree: what the repository's root was
 * @throws `build.source-gone`, `build.wrong-source`, `build.bad-archive`, `build.oversized-source`, and the codes of
 * `explainGoFailure`
 */
export async function stageSource(source: TreeSource, staging: Staging): Promise<string> {
  const { root } = staging;
  await mkdir(root, { recursive: true });
  if (source.kind === 'module') await stageModule(source, staging);
  else if (source.kind === 'wrapper') await stageWrapper(staging);
  else if (source.kind === 'directory') await copyTree(source.path, root);
  else if (source.kind === 'archive') await unzip(source.path, root);
  else await stageGit(source, staging);
  return source.kind === 'archive' ? topOf(root) : root;
}
