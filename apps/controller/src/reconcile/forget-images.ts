import {
  forgettableBinaries,
  forgettableLibraries,
  forgettableSearchPaths,
} from '@gofleet/inject/forgettable-binaries';
import type { RecordEvent } from '@gofleet/kube/events';
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
  const libraries = [...forgettableLibraries(runtime, used), ...programs.find(input, surveyed, nowMs)];
  for (const library of new Set(libraries)) await status.forgetLibrary(runtime, library);
  for (const { image } of forgettableSearchPaths(runtime, used))
    await status.forgetSearchPath(runtime, image);
}
