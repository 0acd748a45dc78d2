// Publishing: relinked programs of an image as an OCI artefact, and one program as an image that kubelet can pull.

export { renderCopier } from './publish/copier.ts';
export {
  artefactName,
  copierPath,
  type ImagedProgram,
  type PlannedImage,
  planImage,
} from './publish/plan-image.ts';
export {
  type ArtefactManifest,
  emptyConfig,
  mediaTypes,
  type PublishedProgram,
  planManifest,
  planReferrer,
  type StoredContent,
} from './publish/plan-manifest.ts';
