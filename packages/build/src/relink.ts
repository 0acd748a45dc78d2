// The chapter's public face: what a relink is planned from, what it does, and what it proves.
export { compareReproduction, differingSettings, unprovable } from './compare-reproduction.ts';
export type { GoBuildStep } from './go-build-step.ts';
export { planRelink, type RelinkAttempt, type RelinkPlan } from './plan-relink.ts';
export {
  type ObservedOriginal,
  type RelinkOriginal,
  relinkOriginalFromFacts,
  relinkOriginalFromObserved,
} from './relink-original.ts';
export type {
  Difference,
  OriginalSummary,
  RelinkArtefact,
  RelinkResult,
  Reproduction,
  ReproductionGrade,
  SettingChange,
} from './relink-result.ts';
