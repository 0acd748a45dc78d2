import { GofleetError } from '@gofleet/base/errors';
import { type BuildLimits, usualLimits } from '@gofleet/build/build-limits';
import { changesOf, checkArtefact } from '@gofleet/build/check-artefact';
import { reachesGrade, requireGrade } from '@gofleet/build/grade';
import type { ArtefactStore, ExecutableReader } from '@gofleet/build/ports';
import {
  findBuildPaths,
  planGoBuild,
  planProof,
  planRelink,
  type RelinkChoices,
  type RelinkOriginal,
  type RelinkPlan,
  type RelinkRecipe,
  type RelinkResult,
  type Reproduction,
  type ReproductionGrade,
  summaryOf,
} from '@gofleet/build/relink';
import { type Bench, type Built, buildFrom, type RelinkPhase } from './build-original.ts';
import { fetchStep } from './build-step.ts';
import { identifyToolchain } from './identify-toolchain.ts';
import { withNewestGodebug } from './newest-godebug.ts';
import { prove } from './prove.ts';
import { proveOnce, recallProof } from './recall-proof.ts';
import { readSourceNames } from './recover/read-source-names.ts';
import { fetchRelease } from './source/fetch-module.ts';
import { withWorkDirectory } from './work-directory.ts';

/** What a relink is doing. */
export interface RelinkProgress {
  readonly phase: RelinkPhase;
  /** In words: `proving with go1.21.5`. */
  readonly step: string;
  readonly message?: string;
}

/** An original to rebuild. */
export interface ProofRequest extends RelinkChoices {
  readonly original: RelinkOriginal;
  /** The original's file, when it is here: it tells link flags and directories that build info does not record. */
  readonly file?: string;
  readonly files: ExecutableReader;
  /** Path of a `go` program of 1.21 or newer; it fetches the releases that are needed. */
  readonly go: string;
  /** GOMODCACHE and GOCACHE, kept between runs, and where this run's own directory is made. */
  readonly dirs: { readonly modCache: string; readonly buildCache: string; readonly work: string };
  /** Where modules come from: GOPROXY, GOSUMDB and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** What one build may use; default {@link usualLimits}. */
  readonly limits?: Partial<BuildLimits>;
  readonly onProgress?: (progress: RelinkProgress) => void;
  readonly signal?: AbortSignal;
}

/** A relink to do. */
export interface RelinkRequest extends ProofRequest {
  /** The exact release that is wanted. */
  readonly goVersion: string;
  readonly store: ArtefactStore;
  /** Default `compiled-equal`. */
  readonly minimumGrade?: ReproductionGrade;
}

async function benchOf(request: ProofRequest, work: string): Promise<Bench> {
  const { original, files, go, dirs, env, signal, onProgress } = request;
  let current = { phase: 'Proving' as RelinkPhase, step: '' };
  const onStep = (step: string, phase: RelinkPhase = 'Proving'): void => {
    current = { phase, step };
    onProgress?.(current);
  };
  const shop = {
    ...{ go, env, work, modCache: dirs.modCache, buildCache: dirs.buildCache },
    limits: { ...usualLimits, ...request.limits },
    ...(/^go[\d.rc]+$/.test(original.goVersion) ? { release: original.goVersion } : {}),
    onLine: (message: string) => onProgress?.({ ...current, message }),
    ...(signal === undefined ? {} : { signal }),
  };
  const sourceNames = request.file === undefined ? new Set<string>() : await readSourceNames(request.file);
  const paths = findBuildPaths(original, sourceNames);
  let release: ReturnType<typeof fetchRelease> | undefined;
  return {
    shop,
    original,
    files,
    paths,
    sourceNames,
    mayRun: request.runOriginal ?? false,
    onStep,
    fetchRelease: () => (release ??= fetchRelease(shop, original)),
    ...(request.file === undefined ? {} : { file: request.file }),
  };
}

/** Fetches the wanted toolchain, so that a wish that cannot be had fails before anything is built. */
async function fetchTarget(bench: Bench, { goVersion: release, sources, own }: RelinkPlan): Promise<void> {
  const { shop, original, onStep } = bench;
  onStep(`fetching ${release}`);
  const step = planGoBuild(original, { release, experiments: own?.experiments ?? '', linkFlags: '' });
  const isReleased = sources.some(({ kind }) => kind === 'release');
  if (isReleased) await bench.fetchRelease();
  await fetchStep({ shop, name: 'fetch-target', step, package: original.package }, { modules: isReleased });
}

/** @throws `build.wrong-result` */
function requireRightArtefact(original: RelinkOriginal, { facts }: Built, plan: RelinkPlan): void {
  const [first, ...more] = checkArtefact(original, facts, plan);
  if (!first) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  throw new GofleetError(
    'build.wrong-result',
    `the new executable is not what was asked for: ${first.message}${others}`,
    { ...(first.facts === undefined ? {} : { facts: first.facts }) },
  );
}

/** How the artefact was built, for who wants to build it again. */
async function recipeOf(
  { shop }: Bench,
  { built, linkFlags, plan }: { built: Built; linkFlags: string; plan: RelinkPlan },
): Promise<Omit<RelinkRecipe, 'source'>> {
  const { step, goRoot } = built;
  const { goVersion, godebug } = plan;
  const toolchain = await identifyToolchain(goRoot, { goVersion, modCache: shop.modCache });
  return { godebug, linkFlags, argv: step.argv, env: step.env, toolchain };
}

async function make(request: RelinkRequest, plan: RelinkPlan, work: string): Promise<RelinkResult> {
  const { original, store } = request;
  const bench = await benchOf(request, work);
  const recalled = await recallProof(bench, plan, store);
  if (!recalled) await fetchTarget(bench, plan);
  const { reproduction, recipe, built: proof } = recalled ?? (await proveOnce(bench, plan, store));
  requireGrade(reproduction, request.minimumGrade ?? 'compiled-equal');
  bench.onStep(`building with ${plan.goVersion}`, 'Building');
  const target = { release: plan.goVersion, experiments: plan.own?.experiments ?? '' };
  const isSame = plan.own?.release === plan.goVersion;
  const isNew = plan.godebug === 'new';
  const ready = isNew
    ? await withNewestGodebug(bench, recipe.ready, { release: plan.goVersion, name: 'build' })
    : recipe.ready;
  const built =
    isSame && proof && !isNew
      ? proof
      : await buildFrom(bench, { ...recipe, ready }, { own: target, name: 'build' });
  requireRightArtefact(original, built, plan);
  const stored = await store.put(built.path, { sha256: built.facts.sha256 });
  const changes = changesOf(original, built.facts);
  const { buildId } = built.facts;
  const artefact = {
    ...{ ...stored, goVersion: plan.goVersion, grade: reproduction.grade, changes },
    ...(buildId === '' ? {} : { buildId }),
  };
  const { source } = reproduction;
  const made = {
    ...(source === undefined ? {} : { source }),
    ...(await recipeOf(bench, { built, linkFlags: recipe.linkFlags, plan })),
  };
  return { original: summaryOf(original), reproduction, artefact, recipe: made };
}

/**
 * How well an original can be reproduced with its own Go release.
 * @throws `build.no-provenance`, `build.needs-cgo`, `build.timeout`, the codes of `explainGoFailure`, `process.aborted`,
 * `process.cannot-start`
 */
export async function proveOriginal(request: ProofRequest): Promise<Reproduction> {
  const plan = planProof(request.original, request);
  return withWorkDirectory(request.dirs.work, async (work) => {
    const { reproduction } = await prove(await benchOf(request, work), plan);
    return reproduction;
  });
}

/** A result of before build IDs were noted has its own read now. */
async function withBuildId(result: RelinkResult, files: ExecutableReader): Promise<RelinkResult> {
  const { artefact } = result;
  if (artefact.buildId !== undefined) return result;
  const { buildId } = await files.inspect(artefact.path);
  return buildId === '' ? result : { ...result, artefact: { ...artefact, buildId } };
}

/**
 * An executable that is the original with another Go release inside: from the store when the recipe was built before, else
 * proved with the original's own release, built with the wanted one, read back and stored.
 * @throws `build.no-provenance`, `build.needs-cgo`, `build.older-go`, `build.grade-too-low`, `build.wrong-result`,
 * `build.timeout`, `build.unknown-go-version`, `build.compile-failed` (facts.firstLines) and the other codes of
 * `explainGoFailure`, `process.aborted`, `process.cannot-start`
 */
export async function relink(request: RelinkRequest): Promise<RelinkResult> {
  const plan = planRelink(request.original, request.goVersion, request);
  const { recipeKey } = plan;
  const known = recipeKey === undefined ? undefined : await request.store.findBuild(recipeKey);
  if (known && reachesGrade(known.reproduction.grade, request.minimumGrade ?? 'compiled-equal'))
    return withBuildId(known, request.files);
  return withWorkDirectory(request.dirs.work, async (work) => {
    const result = await make(request, plan, work);
    if (recipeKey !== undefined) await request.store.recordBuild(recipeKey, result);
    return result;
  });
}
