import {
  forgettableBinaries,
  forgettableLibraries,
  forgettableSearchPaths,
} from '@gofleet/inject/forgettable-binaries';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { ObservedLibrary } from '@gofleet/inject/library';
import type { RecordEvent } from '@gofleet/kube/events';
import { isSameImage } from '@gofleet/verify/same-image';
import type { StatusWriter } from './status-writer.ts';
import type { SurveyedPod, SurveyInput } from './survey.ts';
import type { UnrunPrograms } from './unrun-programs.ts';

interface Ports {
  readonly status: Pick<StatusWriter, 'forgetBinary' | 'forgetLibrary' | 'forgetSearchPath'>;
  readonly recordEvent: RecordEvent;
  readonly programs: UnrunPrograms;
  /** Of a monotonic clock. */
  readonly nowMs: number;
}

interface Observed {
  readonly image: string;
  readonly path: string;
  readonly imageId: string;
}

/** What was observed in another image must not be mounted over again; its next pod is observed afresh. */
async function forgetChanged(
  { runtime }: SurveyInput,
  surveyed: readonly SurveyedPod[],
  { status, recordEvent }: Ports,
): Promise<void> {
  const stale = surveyed.filter(({ isStale }) => isStale).flatMap(({ injections }) => injections);
  const isStale = ({ path, imageId }: Observed): boolean =>
    stale.some((injection) => injection.path === path && injection.imageId === imageId);
  const tell = async ({ image, path }: Observed): Promise<void> => {
    const message = `${image} is another image than the one that ${path} was observed in`;
    await recordEvent(runtime, { type: 'Warning', reason: 'ImageChanged', message });
  };
  const { binaries = [], libraries = [] } = runtime.status ?? {};
  for (const binary of binaries.filter(isStale)) {
    await status.forgetBinary(runtime, binary);
    await tell(binary);
  }
  for (const library of libraries.filter(isStale)) {
    await status.forgetLibrary(runtime, library);
    await tell(library);
  }
}

/** The images that live pods of a wish really have, by the names that their specs give them. */
function imageIdsOf(surveyed: readonly SurveyedPod[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = surveyed.flatMap(({ pod }) =>
    (pod.status?.containerStatuses ?? []).map(({ name, imageID = '' }) => ({
      image: pod.spec.containers.find((each) => each.name === name)?.image ?? '',
      imageID,
    })),
  );
  const known = Map.groupBy(
    found.filter(({ imageID }) => imageID !== ''),
    ({ image }) => image,
  );
  return new Map([...known].map(([image, each]) => [image, new Set(each.map(({ imageID }) => imageID))]));
}

/** Libraries that were seen in an image which no pod has any more, although pods have another one of its name: nodes do not replace them. */
function replacedLibraries(
  { status }: GoRuntime,
  surveyed: readonly SurveyedPod[],
): readonly ObservedLibrary[] {
  const { libraries = [] } = status ?? {};
  if (libraries.length === 0) return [];
  const found = imageIdsOf(surveyed);
  return libraries.filter(({ image, imageId }) => {
    const now = [...(found.get(image) ?? [])];
    return now.length > 0 && !now.some((each) => isSameImage(each, imageId));
  });
}

/** Forgets what was observed in images that have changed, or that no pod uses any more, and programs that nobody can look at. */
export async function forgetImages(
  input: SurveyInput,
  surveyed: readonly SurveyedPod[],
  ports: Ports,
): Promise<void> {
  await forgetChanged(input, surveyed, ports);
  const { runtime, pods } = input;
  const { status, programs, nowMs } = ports;
  const used = new Set(pods.flatMap(({ spec }) => spec.containers.map(({ image = '' }) => image)));
  for (const binary of forgettableBinaries(runtime, used)) await status.forgetBinary(runtime, binary);
  const libraries = [
    ...forgettableLibraries(runtime, used),
    ...replacedLibraries(runtime, surveyed),
    ...programs.find(input, surveyed, nowMs),
  ];
  for (const library of new Set(libraries)) await status.forgetLibrary(runtime, library);
  for (const { image } of forgettableSearchPaths(runtime, used))
    await status.forgetSearchPath(runtime, image);
}
