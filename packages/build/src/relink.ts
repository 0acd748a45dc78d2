// The chapter's public face: what a relink is planned from, what it does, and what it proves.

export {
  compareReproduction,
  differingSettings,
  type ReproductionEvidence,
  unprovable,
  withDifferences,
} from './compare-reproduction.ts';
export { compareSections, hasSameFunctions, type SectionedFile } from './explain/compare-sections.ts';
export { type GoBuildStep, planGoBuild, type TreeBuild, targetInTree } from './go-build-step.ts';
export { likelyLinkFlags } from './link-flags.ts';
export {
  type Godebug,
  type OwnRelease,
  type ProofPlan,
  planProof,
  planRelink,
  type RelinkChoices,
  type RelinkPlan,
} from './plan-relink.ts';
export type { Settable } from './recover/assign-values.ts';
export { type BuildPaths, findBuildPaths } from './recover/build-paths.ts';
export { type LinkValues, readLinkValues } from './recover/elf-symbols.ts';
export { parsePrintedWords } from './recover/printed-words.ts';
export { type Evidence, proposeLinkValues } from './recover/propose-link-values.ts';
export {
  type LinkVariable,
  mayBeRecipe,
  parseRecipePackages,
  parseReleaseRecipe,
  variablesOf,
} from './recover/release-recipe.ts';
export { readSetStrings, withoutStringsOf } from './recover/set-strings.ts';
export { SourceNames } from './recover/source-names.ts';
export { parseStringVariables } from './recover/string-variables.ts';
export {
  mainModuleOf,
  namedFiles,
  type ObservedOriginal,
  type RelinkOriginal,
  relinkOriginalFromFacts,
  relinkOriginalFromObserved,
} from './relink-original.ts';
export {
  type Difference,
  type OriginalSummary,
  type RelinkArtefact,
  type RelinkRecipe,
  type RelinkResult,
  type Reproduction,
  type ReproductionGrade,
  type SettingChange,
  summaryOf,
  type ToolchainIdentity,
} from './relink-result.ts';
