import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { reachesGrade } from '@gofleet/build/grade';
import {
  compareReproduction,
  type Difference,
  mainModuleOf,
  type OwnRelease,
  type ProofPlan,
  type RelinkOriginal,
  withDifferences,
} from '@gofleet/build/relink';
import { renderSource, type SourceSpec } from '@gofleet/build/source';
import type { Bench, Proof, ReadySource } from './build-original.ts';
import { proveFromSource } from './prove-from-source.ts';
import { readReproductionEvidence } from './recover/read-reproduction-evidence.ts';
import { makeDependencyTree } from './source/dependency-tree.ts';
import { findRetraction } from './source/fetch-module.ts';
import { findMatchingVersions } from './source/matching-versions.ts';
import { makeWorkTree } from './source/work-tree.ts';

/** Each source that is tried: those listed, and what stands for several. */
async function* expandSources(bench: Bench, sources: readonly SourceSpec[]): AsyncGenerator<SourceSpec> {
  for (const source of sources) {
    if (source.kind !== 'versions') yield source;
    else {
      bench.onStep(`looking for versions of ${source.path} with the recorded dependencies`);
      const versions = await findMatchingVersions(bench.shop, bench, source.path);
      const asked = sources.map((other) => other.kind === 'module' && other.query);
      for (const query of versions.filter((version) => !asked.includes(version)))
        yield { kind: 'module', path: source.path, query };
    }
  }
}

/** The released module, as it is or as a dependency of another. */
async function makeReleaseReady(
  bench: Bench,
  source: SourceSpec,
  { own, name }: { own: OwnRelease | undefined; name: string },
): Promise<ReadySource> {
  const { shop, original, sourceNames } = bench;
  const directory = await bench.fetchRelease();
  if (directory === undefined) return { source, name };
  const files = { root: directory, module: directory };
  if (source.kind === 'release' || !own) return { source, name, files };
  bench.onStep('building the released module as a dependency of another');
  const choice = { shop, original, own, name, sourceNames };
  return { source, name, files, tree: await makeDependencyTree(directory, own, choice) };
}

/** A source, fetched and laid out. @throws as `makeWorkTree` */
export async function makeReady(
  bench: Bench,
  source: SourceSpec,
  choice: { own: OwnRelease | undefined; name: string },
): Promise<ReadySource> {
  const { name } = choice;
  const { shop, original, sourceNames } = bench;
  if (source.kind === 'versions') return { source, name };
  if (source.kind === 'release' || source.kind === 'dependency') {
    return makeReleaseReady(bench, source, choice);
  }
  bench.onStep(`fetching ${renderSource(source)}`);
  const tree = await makeWorkTree(source, { shop, original, sourceNames, ...choice });
  return { source, name, tree, files: tree };
}

/** Failures that say something of one source only: another one may still be right. */
const ofOneSource = new Set([
  'build.source-gone',
  'build.wrong-source',
  'build.compile-failed',
  'build.stale-go-mod',
  'build.module-has-replace',
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

function better(a: Proof | undefined, b: Proof): Proof {
  return a && reachesGrade(a.reproduction.grade, b.reproduction.grade) ? a : b;
}

/** A proof that is not equal, with each section that differs. */
async function explain({ original, file, paths }: Bench, proof: Proof): Promise<Proof> {
  const { built, reproduction } = proof;
  if (reproduction.equal || !built || file === undefined) return proof;
  const evidence = await readReproductionEvidence({ file, paths }, built);
  return { ...proof, reproduction: compareReproduction(original, built.facts, evidence) };
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
      best = better(best, await proveFromSource(bench, ready, own));
      if (best.reproduction.grade !== 'claimed') break;
    } catch (thrown) {
      if (!isGofleetError(thrown) || !ofOneSource.has(thrown.code)) throw thrown;
      failures.push(thrown);
    }
  }
  if (!best) throw noSource(bench.original, failures);
  best = await explain(bench, best);
  const told: Difference[] = failures.map(({ message }) => ({ cause: 'source', evidence: message }));
  const { source } = best.recipe.ready;
  const isReleased = source.kind === 'release' || source.kind === 'dependency';
  const retracted = isReleased ? await findRetraction(bench.shop, bench.original) : undefined;
  return {
    ...best,
    reproduction: {
      ...(best.reproduction.equal ? best.reproduction : withDifferences(best.reproduction, told)),
      ...(source.kind === 'release' ? {} : { source: renderSource(source) }),
      ...(retracted === undefined ? {} : { retracted }),
    },
  };
}
