import { type RelinkResult, relinkOriginalFromObserved, summaryOf } from '@gofleet/build/relink';
import type { GoBuild } from '@gofleet/inject/builds';

/** What a relink answered, from what its finished GoBuild says; `artefact.path` is empty. */
export function resultOf({ spec, status }: GoBuild): RelinkResult {
  const { original, goVersion } = spec;
  const { grade = 'claimed', reproduction, artefact, recipe } = status ?? {};
  return {
    original: summaryOf(relinkOriginalFromObserved(original)),
    reproduction: {
      goVersion: reproduction?.goVersion,
      ...(reproduction?.source === undefined ? {} : { source: reproduction.source }),
      equal: reproduction?.equal ?? false,
      segments: reproduction?.segments ?? [],
      grade,
      differences: reproduction?.differences ?? [],
    },
    artefact: {
      path: '',
      sha256: artefact?.sha256 ?? '',
      sizeBytes: artefact?.sizeBytes ?? 0,
      goVersion,
      ...(artefact?.buildId === undefined ? {} : { buildId: artefact.buildId }),
      grade,
      changes: artefact?.changes ?? [],
    },
    ...(recipe === undefined ? {} : { recipe }),
  };
}
