import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { changesOf, checkArtefact } from '@gofleet/build/check-artefact';
import { reachesGrade, requireGrade } from '@gofleet/build/grade';
import type { ArtefactStore, ExecutableReader } from '@gofleet/build/ports';
import {
  compareReproduction,
  type GoBuildStep,
  planRelink,
  type RelinkAttempt,
  type RelinkOriginal,
  type RelinkPlan,
  type RelinkResult,
  type Reproduction,
  type ReproductionGrade,
  relinkOriginalFromFacts,
  unprovable,
} from '@gofleet/build/relink';
import { type BuildStepRun, fetchModule, runBuildStep } from './build-step.ts';
import { withWorkDirectory } from './work-directory.ts';

/** What a relink is doing. */
export interface RelinkProgress {
  readonly phase: 'Proving' | 'Building';
  /** In words: `proving with go1.21.5`. */
  readonly step: string;
  readonly message?: string;
}

/** A relink to do. */
export interface RelinkRequest {
  readonly original: RelinkOriginal;
  /** The exact release that is wanted. */
  readonly goVersion: string;
  readonly store: ArtefactStore;
  readonly files: ExecutableReader;
  /** Path of a `go` program of 1.21 or newer; it fetches the releases that the plan names. */
  readonly go: string;
  /** GOMODCACHE and GOCACHE, kept between runs, and where this run's own directory is made. */
  readonly dirs: { readonly modCache: string; readonly buildCache: string; readonly work: string };
  /** Where modules come from: GOPROXY, GOSUMDB and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** Default `compiled-equal`. */
  readonly minimumGrade?: ReproductionGrade;
  /** For each of the two builds; default 30 minutes. */
  readonly timeoutMs?: number;
  readonly onProgress?: (progress: RelinkProgress) => void;
  readonly signal?: AbortSignal;
}

/** An executable that a step made. */
interface Built {
  readonly path: string;
  readonly facts: RelinkOriginal;
}

/** What running a step takes, in a directory of its own below `work`. */
async function prepare(
  request: RelinkRequest,
  step: GoBuildStep,
  doing: { readonly phase: RelinkProgress['phase']; readonly step: string; readonly work: string },
): Promise<BuildStepRun> {
  const { phase, step: label, work } = doing;
  request.onProgress?.({ phase, step: label });
  for (const name of ['home', 'tmp', 'gopath']) await mkdir(join(work, name), { recursive: true });
  return {
    ...{ step, go: request.go, env: request.env },
    dirs: { ...request.dirs, work },
    package: request.original.package,
    timeoutMs: request.timeoutMs ?? 30 * 60_000,
    onLine: (message) => request.onProgress?.({ phase, step: label, message }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
}

/** Fetches the wanted toolchain and the module, so that a wish that cannot be had fails before anything is built. */
async function fetchSources(request: RelinkRequest, plan: RelinkPlan, work: string): Promise<void> {
  const step = `fetching ${plan.module} and ${plan.goVersion}`;
  await fetchModule(await prepare(request, plan.build, { phase: 'Proving', step, work }), plan.module);
}

async function build(
  request: RelinkRequest,
  step: GoBuildStep,
  doing: { readonly phase: RelinkProgress['phase']; readonly work: string },
): Promise<Built> {
  const label = `${doing.phase.toLowerCase()} with ${step.goVersion}`;
  const path = await runBuildStep(await prepare(request, step, { ...doing, step: label }));
  const [facts, file] = [await request.files.inspect(path), await request.files.hash(path)];
  return { path, facts: relinkOriginalFromFacts(facts, file) };
}

interface Proof {
  readonly attempt: RelinkAttempt;
  readonly reproduction: Reproduction;
  readonly built?: Built;
}

async function proveAttempt(request: RelinkRequest, attempt: RelinkAttempt, work: string): Promise<Proof> {
  const { original } = request;
  if (!attempt.proof) {
    return { attempt, reproduction: unprovable(`${original.goVersion} is not an official Go release`) };
  }
  try {
    const built = await build(request, attempt.proof, { phase: 'Proving', work });
    return { attempt, reproduction: compareReproduction(original, built.facts), built };
  } catch (thrown) {
    // Without the original's own toolchain there is no proof, which is an answer; other failures are not.
    if (!isGofleetError(thrown) || thrown.code !== 'build.unknown-go-version') throw thrown;
    return { attempt, reproduction: unprovable(thrown.message) };
  }
}

/** Whether other link flags can make the difference. Without a build ID nothing but equal bytes tells. */
function mayBeLinkFlags({ buildId }: RelinkOriginal, { grade }: Reproduction): boolean {
  return grade === 'compiled-equal' || (grade === 'claimed' && buildId === '');
}

/** The first attempt that is proven, else the first of all. */
async function prove(request: RelinkRequest, plan: RelinkPlan, work: string): Promise<Proof> {
  const first = await proveAttempt(request, plan, join(work, 'proof'));
  if (!mayBeLinkFlags(request.original, first.reproduction)) return first;
  for (const [index, attempt] of plan.alternatives.entries()) {
    const proof = await proveAttempt(request, attempt, join(work, `proof-${index + 1}`));
    if (proof.reproduction.equal) return proof;
  }
  return first;
}

/** @throws `build.wrong-result` */
function requireRightArtefact(original: RelinkOriginal, { facts }: Built, goVersion: string): void {
  const [first, ...more] = checkArtefact(original, facts, goVersion);
  if (!first) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  throw new GofleetError(
    'build.wrong-result',
    `the new executable is not what was asked for: ${first.message}${others}`,
    { ...(first.facts === undefined ? {} : { facts: first.facts }) },
  );
}

async function make(request: RelinkRequest, plan: RelinkPlan, work: string): Promise<RelinkResult> {
  const { original, store } = request;
  await fetchSources(request, plan, join(work, 'fetch'));
  const { reproduction, attempt, built: proof } = await prove(request, plan, work);
  requireGrade(reproduction, request.minimumGrade ?? 'compiled-equal');
  const isSame = attempt.proof?.goVersion === plan.goVersion;
  const built =
    isSame && proof
      ? proof
      : await build(request, attempt.build, { phase: 'Building', work: join(work, 'build') });
  requireRightArtefact(original, built, plan.goVersion);
  const stored = await store.put(built.path, { sha256: built.facts.sha256 });
  const { sha256, sizeBytes, goVersion, package: path, main, buildId } = original;
  return {
    original: {
      sha256,
      sizeBytes,
      goVersion,
      package: path,
      buildId,
      ...(main === undefined ? {} : { main }),
    },
    reproduction,
    artefact: {
      ...stored,
      goVersion: plan.goVersion,
      grade: reproduction.grade,
      changes: changesOf(original, built.facts),
    },
  };
}

/**
 * An executable that is the original with another Go release inside: from the store when the recipe was built before, else
 * proved with the original's own release, built with the wanted one, read back and stored.
 * @throws `build.no-provenance`, `build.older-go`, `build.grade-too-low`, `build.wrong-result`, `build.timeout`,
 * `build.unknown-go-version`, `build.compile-failed` (facts.firstLines) and the other codes of `explainGoFailure`,
 * `process.aborted`, `process.cannot-start`
 */
export async function relink(request: RelinkRequest): Promise<RelinkResult> {
  const plan = planRelink(request.original, request.goVersion);
  const known = await request.store.findBuild(plan.recipeKey);
  if (known && reachesGrade(known.reproduction.grade, request.minimumGrade ?? 'compiled-equal')) return known;
  return withWorkDirectory(request.dirs.work, async (work) => {
    const result = await make(request, plan, work);
    await request.store.recordBuild(plan.recipeKey, result);
    return result;
  });
}
