// Publishing: relinked programs of an image as an OCI artefact.

export {
  type ArtefactManifest,
  emptyConfig,
  mediaTypes,
  type PublishedProgram,
  planManifest,
  type StoredContent,
} from './publish/plan-manifest.ts';
