// The face of what concerns sources: where they may be had, and what has to be shown again with them.
export { agreesWithGoMod } from './agrees-with-go-mod.ts';
export type { SourceHints } from './list-sources.ts';
export {
  type NestedModule,
  nestedVersions,
  parseGoWorkUses,
  replacedModules,
  workspaceModules,
} from './nested-modules.ts';
export { renderRequirements } from './requirements.ts';
export { pickSourceLabels } from './source-labels.ts';
export { type PathKind, parseSource, renderSource, type SourceSpec } from './source-spec.ts';
export { isStamped, liesBelowRepository, moduleDirectory, type VcsFacts, vcsFactsOf } from './vcs-facts.ts';
export { likelyWrapped, wrapperFiles } from './wrapper.ts';
