// The public face of builds: the GoBuild, which ones wishes want, whose turn it is, and how one goes on.

export {
  advanceBuild,
  attestBuild,
  failBuild,
  finishBuild,
  maxLost,
  type PushedBuild,
  publishBuild,
  releaseBuild,
  renewBuild,
  takeBuild,
} from './build-progress.ts';
export { claimableBuilds, isClaimable, isDue, isOpen, type Moment } from './choose-build.ts';
export {
  type BuildAttestation,
  type BuildOriginal,
  type GoBuild,
  type GoBuildPhase,
  type GoBuildSpec,
  type GoBuildStatus,
  goBuildApi,
  goBuildsPath,
} from './go-build.ts';
export { type BuildChanges, planBuildChanges } from './plan-build-changes.ts';
export { binariesToRelink, buildNameOf, fleetChoices, planBuilds, recipeOf } from './plan-builds.ts';
