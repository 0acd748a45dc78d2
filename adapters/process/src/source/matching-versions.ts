import { readFile } from 'node:fs/promises';
import type { RelinkOriginal } from '@gofleet/build/relink';
import { agreesWithGoMod, vcsFactsOf } from '@gofleet/build/source';
import { readLinkEvidence } from '../recover/read-evidence.ts';
import { runInShop, type Workshop } from '../workshop.ts';
import { cacheFirst } from './fetch-module.ts';

/** So many versions are looked at, newest first, so many at a time, until so many agree. */
const limits = { versions: 400, batch: 40, matches: 12, tried: 4 };

async function listVersions(shop: Workshop, path: string): Promise<string[]> {
  const argv = ['list', '-m', '-versions', '-f', '{{range .Versions}}{{println .}}{{end}}', path];
  const { exitCode, stdout } = await runInShop(shop, {
    ...{ name: 'fetch', what: `listing the versions of ${path}` },
    ...{ argv, env: { GOFLAGS: '-mod=mod' } },
  });
  return exitCode === 0 ? stdout.split('\n').filter(Boolean).reverse().slice(0, limits.versions) : [];
}

/** What is known of a version without its content. */
interface KnownVersion {
  readonly version: string;
  /** Seconds since the epoch: the time of its commit. */
  readonly timeSeconds: number;
  readonly goMod: string;
}

/** Versions that cannot be had are left out. */
async function describe(shop: Workshop, path: string, versions: readonly string[]): Promise<KnownVersion[]> {
  const format = '{{.Version}} {{if .Time}}{{.Time.Unix}}{{else}}0{{end}} {{.GoMod}}';
  const argv = ['list', '-m', '-e', '-f', format, ...versions.map((version) => `${path}@${version}`)];
  const env = { ...cacheFirst(shop), GOFLAGS: '-mod=mod' };
  const { stdout } = await runInShop(shop, {
    name: 'fetch',
    what: `asking for versions of ${path}`,
    argv,
    env,
  });
  return stdout.split('\n').flatMap((line) => {
    const [version = '', time = '', goMod = ''] = line.split(' ');
    return goMod === '' ? [] : [{ version, timeSeconds: Number(time), goMod }];
  });
}

/** Why a version may be it; `undefined` when it is not. */
type Reason = 'time' | 'modules' | undefined;

async function reasonFor(original: RelinkOriginal, { timeSeconds, goMod }: KnownVersion): Promise<Reason> {
  if (vcsFactsOf(original)?.timeSeconds === timeSeconds) return 'time';
  return agreesWithGoMod(original, await readFile(goMod, 'utf8')) ? 'modules' : undefined;
}

interface Original {
  readonly original: RelinkOriginal;
  readonly file?: string;
}

/**
 * Those that the original names first: most programs tell their version. What records a commit of another time is only of those
 * that it names: it was built in another repository, or its tag was moved.
 */
async function likeliestFirst(versions: readonly string[], { original, file }: Original): Promise<string[]> {
  const evidence = file === undefined ? undefined : await readLinkEvidence(file);
  const isNamed = (version: string): boolean => evidence?.holds(version.replace(/^v/, '')) ?? false;
  const named = versions.filter(isNamed);
  return vcsFactsOf(original) ? named : [...named, ...versions.filter((version) => !named.includes(version))];
}

/**
 * Released versions of a module that an original may have been built from, at most four: those of the recorded commit's time,
 * then those whose go.mod names the dependencies that the original records; those that it names first, newest first.
 */
export async function findMatchingVersions(
  shop: Workshop,
  original: Original,
  path: string,
): Promise<string[]> {
  const versions = await listVersions(shop, path);
  const found = { time: [] as string[], modules: [] as string[] };
  for (
    let start = 0;
    start < versions.length && found.modules.length < limits.matches;
    start += limits.batch
  ) {
    for (const known of await describe(shop, path, versions.slice(start, start + limits.batch))) {
      const reason = await reasonFor(original.original, known);
      if (reason) found[reason].push(known.version);
    }
  }
  return [...found.time, ...(await likeliestFirst(found.modules, original))].slice(0, limits.tried);
}
