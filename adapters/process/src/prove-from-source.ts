import { join } from 'node:path';
import { isGofleetError } from '@gofleet/base/errors';
import {
  compareReproduction,
  hasSameFunctions,
  likelyLinkFlags,
  type OwnRelease,
  type RelinkOriginal,
  type Reproduction,
  unprovable,
} from '@gofleet/build/relink';
import { type Bench, type Built, buildFrom, type Proof, type ReadySource } from './build-original.ts';
import { findLinkValues } from './recover/find-link-values.ts';
import { readLinkEvidence } from './recover/read-evidence.ts';
import { readReproductionEvidence } from './recover/read-reproduction-evidence.ts';
import { runOriginal } from './recover/run-original.ts';
import { replaceText } from './replace-text.ts';

/** Whether what is other may be of what is not linked: not a profile, by which all is compiled. */
function mayBeUnlinked({ settings }: RelinkOriginal, { segments }: Reproduction): boolean {
  const [, , sameOutput] = segments;
  return settings['vcs.modified'] === 'true' && settings['-pgo'] === undefined && sameOutput === true;
}

/**
 * Whether other link flags can make the difference: not when they are recorded. Without a build ID only equal bytes tell. Where a
 * dirty checkout's main package was compiled from other inputs to the same output, the functions tell.
 */
async function mayBeLinkFlags(
  { original, file, paths }: Bench,
  { reproduction, built }: Proof,
): Promise<boolean> {
  const { grade } = reproduction;
  if (original.settings['-trimpath'] !== 'true' || grade === 'proven') return false;
  if (grade === 'compiled-equal' || original.buildId === '') return true;
  if (!mayBeUnlinked(original, reproduction) || !built || file === undefined) return false;
  const { sections } = await readReproductionEvidence({ file, paths }, built);
  return sections !== undefined && hasSameFunctions(sections);
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
  const { segments } = plain.reproduction;
  const what = segments[1]
    ? 'link flags of the same effect in other words'
    : 'compiled from other files, of which nothing else is linked';
  const evidence = `${what}: the build ID was taken from the original`;
  return {
    ...proof,
    reproduction: { ...proof.reproduction, segments, differences: [{ cause: 'build-id', evidence }] },
  };
}

/** Link flags that may be right, likeliest first, now that a rebuild shows what does not come from the source. */
async function proposeLinkFlags(bench: Bench, ready: ReadySource, built: Built): Promise<readonly string[]> {
  const { original, file, shop, mayRun } = bench;
  if (file === undefined) return likelyLinkFlags(original);
  const evidence = await readLinkEvidence(file, built.path);
  const { signal } = shop;
  const allowed = { file, work: join(shop.work, 'original'), ...(signal === undefined ? {} : { signal }) };
  const askOriginal = async (): Promise<string[]> => (mayRun ? runOriginal(allowed) : []);
  return likelyLinkFlags(original, await findLinkValues(original, evidence, { ready, askOriginal }));
}

async function proveFrom(bench: Bench, ready: ReadySource, own: OwnRelease): Promise<Proof> {
  const { original } = bench;
  const attempts = new Attempts(bench, own);
  bench.onStep(`proving with ${own.release}`);
  const recipe = { ready, linkFlags: likelyLinkFlags(original)[0] ?? '' };
  const first = await attempts.try(recipe);
  if (!first.built || !(await mayBeLinkFlags(bench, first))) return first;
  const likely = await proposeLinkFlags(bench, ready, first.built);
  return findLinkFlags(attempts, first, { original, likely });
}

const noToolchain = (original: RelinkOriginal): Reproduction =>
  unprovable(`${original.goVersion} is not an official Go release`);

/**
 * How well an original is reproduced from one source. Without its own toolchain there is no proof, which is an answer.
 * @throws as `runBuildStep`
 */
export async function proveFromSource(
  bench: Bench,
  ready: ReadySource,
  own: OwnRelease | undefined,
): Promise<Proof> {
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
