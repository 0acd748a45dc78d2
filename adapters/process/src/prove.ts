import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { reachesGrade } from '@gofleet/build/grade';
import type { ExecutableReader } from '@gofleet/build/ports';
import {
  type BuildPaths,
  compareReproduction,
  type Difference,
  likelyLinkFlags,
  mainModuleOf,
  type OwnRelease,
  type ProofPlan,
  planGoBuild,
  type RelinkOriginal,
  type Reproduction,
  relinkOriginalFromFacts,
  unprovable,
  withDifferences,
} from '@gofleet/build/relink';
import { renderSource, type SourceSpec } from '@gofleet/build/source';
import { runBuildStep } from './build-step.ts';
import { findLinkValues } from './recover/find-link-values.ts';
import { readLinkEvidence } from './recover/read-evidence.ts';
import { replaceText } from './replace-text.ts';
import { findMatchingVersions } from './source/matching-versions.ts';
import { makeWorkTree, type WorkTree } from './source/work-tree.ts';
import type { Workshop } from './workshop.ts';

/** The two halves of a relink. */
export type RelinkPhase = 'Proving' | 'Building';

/** An executable that a step made. */
export interface Built {
  readonly path: string;
  readonly facts: RelinkOriginal;
}

/** What building an original takes, besides the source. */
export interface Bench {
  readonly shop: Workshop;
  readonly original: RelinkOriginal;
  readonly files: ExecutableReader;
  readonly paths: BuildPaths;
  /** Names of source files that the original holds; empty when its file is not here. */
  readonly sourceNames: ReadonlySet<string>;
  /** The original's file; absent when it is not here. */
  readonly file?: string;
  readonly onStep: (step: string, phase?: RelinkPhase) => void;
}

/** A source that is ready: the released module itself, or a work tree. */
export interface ReadySource {
  readonly source: SourceSpec;
  /** Its directory in the workshop. */
  readonly name: string;
  readonly tree?: WorkTree;
}

/** How well an original was reproduced, and from what. */
export interface Proof {
  readonly reproduction: Reproduction;
  /** What the new build is made with; absent when there is no source. */
  readonly recipe: { readonly ready: ReadySource; readonly linkFlags: string };
  readonly built?: Built;
}

/** Builds an original from a source with a release. */
export async function buildFrom(
  bench: Bench,
  { ready, linkFlags }: Proof['recipe'],
  {
    own,
    name,
    finish,
  }: {
    readonly own: OwnRelease;
    readonly name: string;
    /** What is done to the executable before it is looked at. */
    readonly finish?: (path: string) => Promise<void>;
  },
): Promise<Built> {
  const { shop, original, files, paths } = bench;
  const { tree } = ready;
  const step = planGoBuild(original, { ...own, linkFlags, ...(tree ? { tree: tree.build } : {}) });
  const run = { shop, name, step, package: original.package, paths, ...(tree ? { tree } : {}) };
  const path = await runBuildStep(run);
  await finish?.(path);
  return { path, facts: relinkOriginalFromFacts(await files.inspect(path), await files.hash(path)) };
}

/** Whether other link flags can make the difference: not when they are recorded. Without a build ID only equal bytes tell. */
function mayBeLinkFlags({ buildId, settings }: RelinkOriginal, { grade }: Reproduction): boolean {
  if (settings['-trimpath'] !== 'true') return false;
  return grade === 'compiled-equal' || (grade === 'claimed' && buildId === '');
}

/** Tries one way of building. */
class Attempts {
  readonly #bench: Bench;
  readonly #own: OwnRelease;
  #count = 0;

  constructor(bench: Bench, own: OwnRelease) {
    this.#bench = bench;
    this.#own = own;
  }

  /** As the recipe says, and with the build ID that follows from it. */
  try(recipe: Proof['recipe']): Promise<Proof> {
    return this.#compare(recipe, recipe.linkFlags);
  }

  /**
   * With the original's build ID: set for linking as the `go` command sets it, with the first segment in place of the last,
   * which is known after linking only.
   */
  tryWithBuildId(recipe: Proof['recipe']): Promise<Proof> {
    const { buildId } = this.#bench.original;
    const first = buildId.slice(0, buildId.indexOf('/'));
    const linked = `${buildId.slice(0, buildId.lastIndexOf('/'))}/${first}`;
    const stamp = (path: string): Promise<void> => replaceText(path, linked, buildId);
    return this.#compare(recipe, `${recipe.linkFlags} -buildid=${linked}`.trim(), stamp);
  }

  async #compare(
    recipe: Proof['recipe'],
    linkFlags: string,
    finish?: (path: string) => Promise<void>,
  ): Promise<Proof> {
    const choice = {
      own: this.#own,
      name: `${recipe.ready.name}-proof-${this.#count++}`,
      ...(finish === undefined ? {} : { finish }),
    };
    const built = await buildFrom(this.#bench, { ...recipe, linkFlags }, choice);
    return { recipe, built, reproduction: compareReproduction(this.#bench.original, built.facts) };
  }
}

/**
 * Looks for the link flags. The build ID follows from their text, which is not recorded; with the original's set, equal bytes
 * tell that they have the right effect.
 */
async function findLinkFlags(
  attempts: Attempts,
  first: Proof,
  { original, likely }: { readonly original: RelinkOriginal; readonly likely: readonly string[] },
): Promise<Proof> {
  const hasBuildId = original.buildId.split('/').length === 4;
  for (const linkFlags of likely) {
    const recipe = { ...first.recipe, linkFlags };
    if (!hasBuildId) {
      const proof = await attempts.try(recipe);
      if (proof.reproduction.equal) return proof;
      continue;
    }
    const proof = await attempts.tryWithBuildId(recipe);
    if (!proof.reproduction.equal) continue;
    const plain = linkFlags === first.recipe.linkFlags ? first : await attempts.try(recipe);
    return plain.reproduction.equal ? plain : withoutOwnBuildId(proof, plain);
  }
  return first;
}

/** Equal bytes with the build ID taken over: the segments are those of the build with its own. */
function withoutOwnBuildId(proof: Proof, plain: Proof): Proof {
  const evidence = 'link flags of the same effect in other words: the build ID was taken from the original';
  const { segments } = plain.reproduction;
  return {
    ...proof,
    reproduction: { ...proof.reproduction, segments, differences: [{ cause: 'build-id', evidence }] },
  };
}

/** Link flags that may be right, likeliest first, now that a rebuild shows what does not come from the source. */
async function proposeLinkFlags(
  { original, file }: Bench,
  ready: ReadySource,
  built: Built,
): Promise<readonly string[]> {
  if (file === undefined) return likelyLinkFlags(original);
  const place = ready.tree && { source: ready.source, root: ready.tree.root };
  const evidence = await readLinkEvidence(file, built.path);
  return likelyLinkFlags(original, await findLinkValues(original, evidence, place));
}

async function proveFrom(bench: Bench, ready: ReadySource, own: OwnRelease): Promise<Proof> {
  const { original } = bench;
  const attempts = new Attempts(bench, own);
  bench.onStep(`proving with ${own.release}`);
  const recipe = { ready, linkFlags: likelyLinkFlags(original)[0] ?? '' };
  const first = await attempts.try(recipe);
  if (!mayBeLinkFlags(original, first.reproduction) || !first.built) return first;
  const likely = await proposeLinkFlags(bench, ready, first.built);
  return findLinkFlags(attempts, first, { original, likely });
}

/** Each source that is tried: those listed, and what stands for several. */
async function* expandSources(bench: Bench, sources: readonly SourceSpec[]): AsyncGenerator<SourceSpec> {
  for (const source of sources) {
    if (source.kind !== 'versions') yield source;
    else {
      bench.onStep(`looking for versions of ${source.path} with the recorded dependencies`);
      const versions = await findMatchingVersions(bench.shop, bench, source.path);
      for (const query of versions) yield { kind: 'module', path: source.path, query };
    }
  }
}

async function makeReady(
  bench: Bench,
  source: SourceSpec,
  choice: { own: OwnRelease | undefined; name: string },
): Promise<ReadySource> {
  const { name } = choice;
  if (source.kind === 'release' || source.kind === 'versions') return { source, name };
  bench.onStep(`fetching ${renderSource(source)}`);
  const { shop, original, sourceNames } = bench;
  return { source, name, tree: await makeWorkTree(source, { shop, original, sourceNames, ...choice }) };
}

/** Failures that say something of one source only: another one may still be right. */
const ofOneSource = new Set([
  'build.source-gone',
  'build.wrong-source',
  'build.compile-failed',
  'build.stale-go-mod',
]);

function noSource(original: RelinkOriginal, failures: readonly GofleetError[]): GofleetError {
  const [first] = failures;
  const { provenance, package: path } = original;
  if (first && /^(?:released-module|clean-checkout)$/.test(provenance.class)) return first;
  const tried = first ? `: ${first.message}` : '';
  const reason = `${provenance.reason}; its source was not found${tried}`;
  return new GofleetError('build.no-provenance', `cannot be rebuilt from its build info: ${reason}`, {
    facts: { class: provenance.class, reason, package: path, module: mainModuleOf(original)?.path },
    hint: 'name its source with --source: a directory, a zip file, a git repository or MODULE@VERSION',
  });
}

const noToolchain = (original: RelinkOriginal): Reproduction =>
  unprovable(`${original.goVersion} is not an official Go release`);

/** One source tried; without the original's own toolchain there is no proof, which is an answer. */
async function tryReady(bench: Bench, ready: ReadySource, own: OwnRelease | undefined): Promise<Proof> {
  const [linkFlags = ''] = likelyLinkFlags(bench.original);
  const recipe = { ready, linkFlags };
  if (!own) return { recipe, reproduction: noToolchain(bench.original) };
  try {
    return await proveFrom(bench, ready, own);
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'build.unknown-go-version') throw thrown;
    return { recipe, reproduction: unprovable(thrown.message) };
  }
}

function better(a: Proof | undefined, b: Proof): Proof {
  return a && reachesGrade(a.reproduction.grade, b.reproduction.grade) ? a : b;
}

/**
 * Rebuilds an original with its own release from each source until one is equal; the best of all.
 * @throws `build.no-provenance` and the codes of `runBuildStep` and `makeWorkTree` when no source could be built
 */
export async function prove(bench: Bench, { own, sources }: ProofPlan): Promise<Proof> {
  const failures: GofleetError[] = [];
  let best: Proof | undefined;
  let count = 0;
  for await (const source of expandSources(bench, sources)) {
    try {
      const ready = await makeReady(bench, source, { own, name: `source-${count++}` });
      best = better(best, await tryReady(bench, ready, own));
      if (best.reproduction.grade !== 'claimed') break;
    } catch (thrown) {
      if (!isGofleetError(thrown) || !ofOneSource.has(thrown.code)) throw thrown;
      failures.push(thrown);
    }
  }
  if (!best) throw noSource(bench.original, failures);
  const told: Difference[] = failures.map(({ message }) => ({ cause: 'source', evidence: message }));
  const { source } = best.recipe.ready;
  return {
    ...best,
    reproduction: {
      ...(best.reproduction.equal ? best.reproduction : withDifferences(best.reproduction, told)),
      ...(source.kind === 'release' ? {} : { source: renderSource(source) }),
    },
  };
}
