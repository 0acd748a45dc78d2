import { createHash } from 'node:crypto';
import { reachesGrade } from '@gofleet/build/grade';
import { planRelink, type RelinkChoices, relinkOriginalFromObserved } from '@gofleet/build/relink';
import { minimumGradeOf } from '../admission/choose-artefact.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { skewRefusal } from '../operators/check-skew.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import type { BuildOriginal, GoBuildSpec } from './go-build.ts';

/** What every build of a fleet allows, and what is said of where its source is. */
export function fleetChoices({ labels }: Pick<BuildOriginal, 'labels'>): RelinkChoices {
  return { cgo: true, ...(labels === undefined ? {} : { labels }) };
}

const maxWishes = 20;

/** What the recipe is, for a build that cannot be planned: its worker says why. */
function bareRecipe(binary: BuildOriginal, goVersion: string): string {
  return createHash('sha256').update(`${binary.sha256} ${goVersion}`).digest('hex');
}

/** The recipe of a relink, 64 hexadecimal digits: the same for the same original, target and way of building, wherever it was seen. */
export function recipeOf(binary: BuildOriginal, goVersion: string): string {
  try {
    const { recipeKey } = planRelink(relinkOriginalFromObserved(binary), goVersion, fleetChoices(binary));
    return recipeKey ?? bareRecipe(binary, goVersion);
  } catch {
    return bareRecipe(binary, goVersion);
  }
}

/** The name of a recipe's GoBuild: program and release for people, a part of the recipe for the rest. */
export function buildNameOf({ package: path, goVersion, recipe }: BuildIdentity): string {
  const last = path.split('/').findLast((part) => !/^v\d+$/.test(part)) ?? '';
  const program = last.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const slug = program.slice(0, 40).replace(/^-+|-+$/g, '') || 'program';
  return `${slug}-${goVersion}-${recipe.slice(0, 12)}`;
}

interface BuildIdentity {
  readonly package: string;
  readonly goVersion: string;
  readonly recipe: string;
}

/** The originals of a GoRuntime that have another Go than the target; each content once. */
export function binariesToRelink(runtime: GoRuntime, goVersion: string): ObservedBinary[] {
  const byContent = new Map((runtime.status?.binaries ?? []).map((binary) => [binary.sha256, binary]));
  return [...byContent.values()].filter((binary) => binary.goVersion !== goVersion);
}

/** An observed binary without where it was seen. */
export function originalOf(binary: ObservedBinary): BuildOriginal {
  const { sha256, sizeBytes, goVersion, os, arch, buildId, buildInfo, labels } = binary;
  return {
    ...{ sha256, sizeBytes, goVersion, os, arch, buildId, package: binary.package, buildInfo },
    ...(labels === undefined ? {} : { labels }),
  };
}

/** What both want, with the least evidence that one accepts and the highest priority. */
function join(known: GoBuildSpec, wanted: GoBuildSpec): GoBuildSpec {
  const isLower = reachesGrade(known.minimumGrade, wanted.minimumGrade);
  return {
    ...known,
    minimumGrade: isLower ? wanted.minimumGrade : known.minimumGrade,
    priority: Math.max(known.priority, wanted.priority),
    wishes: [...new Set([...known.wishes, ...wanted.wishes])].sort().slice(0, maxWishes),
  };
}

/** How wishes are read. */
export interface PlanPorts {
  /** The exact release that a GoRuntime means, when it is known. */
  readonly targetOf: (runtime: GoRuntime) => string | undefined;
  /** {@link recipeOf}, perhaps remembered. */
  readonly recipeOf: (binary: ObservedBinary, goVersion: string) => string;
}

/** Every build that the GoRuntimes want, by name: one per recipe, however many wishes, images and pods share it. */
export function planBuilds(
  runtimes: Iterable<GoRuntime>,
  { targetOf, recipeOf: recipe }: PlanPorts,
): Map<string, GoBuildSpec> {
  const wanted = new Map<string, GoBuildSpec>();
  for (const runtime of runtimes) {
    const { metadata, spec } = runtime;
    const goVersion = targetOf(runtime);
    if (goVersion === undefined || metadata.deletionTimestamp !== undefined) continue;
    for (const binary of binariesToRelink(runtime, goVersion)) {
      if (skewRefusal(runtime, binary, goVersion) !== undefined) continue;
      const build: GoBuildSpec = {
        recipe: recipe(binary, goVersion),
        original: originalOf(binary),
        goVersion,
        minimumGrade: minimumGradeOf(runtime),
        priority: spec.priority ?? 0,
        wishes: [`${metadata.namespace}/${metadata.name}`],
      };
      const name = buildNameOf({ package: binary.package, goVersion, recipe: build.recipe });
      const known = wanted.get(name);
      wanted.set(name, known ? join(known, build) : build);
    }
  }
  return wanted;
}
