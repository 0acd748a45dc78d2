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

async function mayBe(original: RelinkOriginal, { timeSeconds, goMod }: KnownVersion): Promise<boolean> {
  const facts = vcsFactsOf(original);
  if (facts) return facts.timeSeconds === timeSeconds;
  return agreesWithGoMod(original, await readFile(goMod, 'utf8'));
}

/** Those that the original names first: most programs tell their version. */
async function likeliestFirst(versions: readonly string[], file: string | undefined): Promise<string[]> {
  const evidence = file === undefined ? undefined : await readLinkEvidence(file);
  const isNamed = (version: string): boolean => evidence?.holds(version.replace(/^v/, '')) ?? false;
  const named = versions.filter(isNamed);
  return [...named, ...versions.filter((version) => !named.includes(version))];
}

/**
 * Released versions of a module that an original may have been built from, at most four: those of the recorded commit's time,
 * else those whose go.mod names the dependencies that the original records; those that it names first, newest first.
 */
export async function findMatchingVersions(
  shop: Workshop,
  { original, file }: { readonly original: RelinkOriginal; readonly file?: string },
  path: string,
): Promise<string[]> {
  const versions = await listVersions(shop, path);
  const found: string[] = [];
  for (let start = 0; start < versions.length && found.length < limits.matches; start += limits.batch) {
    for (const known of await describe(shop, path, versions.slice(start, start + limits.batch))) {
      if (await mayBe(original, known)) found.push(known.version);
    }
  }
  return (await likeliestFirst(found, file)).slice(0, limits.tried);
}
