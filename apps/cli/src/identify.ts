/** The reader as a library: `gofleet/identify`. It needs nothing but JavaScript, so it runs in Node and in a browser alike. */
export { errorToJson, type GofleetError, isGofleetError } from '@gofleet/base/errors';
export type {
  BinaryFacts,
  BinaryFormat,
  BuildInfo,
  GoModule,
  Grade,
  ProvenanceClass,
} from '@gofleet/identify/binary-facts';
export { parseBuildInfo, renderBuildInfo } from '@gofleet/identify/build-info';
export { type BinaryDifference, compareBinaries } from '@gofleet/identify/compare-binaries';
export { fullFingerprint, modulesFingerprint } from '@gofleet/identify/fingerprint';
export { type ProgramSource, readBuildInfo } from '@gofleet/identify/read-build-info';
