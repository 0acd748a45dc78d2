import { toGofleetError } from '@gofleet/base/errors';
import type { Progress } from '../progress.ts';
import {
  isBinary,
  type ScannedBinary,
  type ScanOutcome,
  type ScanProblem,
  type Visit,
  visitFiles,
  visitFinds,
} from './scan-files.ts';
import type { RegistryScanOptions } from './scan-registry.ts';

/** Everything that a scan is asked to look at. */
export interface Places extends Pick<RegistryScanOptions, 'platform' | 'plainHttp'> {
  /** Files, directories, archives, and `docker://…`. */
  readonly paths: readonly string[];
  /** All processes of this machine. */
  readonly host?: boolean;
  /** What runs in a cluster. */
  readonly cluster?: { readonly kubeconfig?: string; readonly context?: string; readonly namespace?: string };
}

/** Who hears of progress, and how a scan is stopped. */
export interface ScanContext {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function visitRegistryImage(
  reference: string,
  places: Places,
  context: ScanContext,
  visit: Visit,
): Promise<void> {
  const { scanRegistryImage } = await import('./scan-registry.ts');
  const { platform, plainHttp } = places;
  try {
    const finds = await scanRegistryImage(reference, {
      ...(platform === undefined ? {} : { platform }),
      ...(plainHttp === undefined ? {} : { plainHttp }),
      signal: context.signal,
      onLayer: (step, { index, count }) =>
        context.progress.report({ step: `reading ${step}`, done: index, total: count, message: 'layers' }),
    });
    visitFinds(reference, finds, visit);
  } catch (thrown) {
    context.signal.throwIfAborted();
    visit({ path: reference, given: true, error: toGofleetError(thrown) });
  }
}

/** Visits what the Go programs in all places say of themselves. What reads a kind of place is loaded when one is given. */
export async function visitPlaces(places: Places, context: ScanContext, visit: Visit): Promise<void> {
  const isImage = (path: string): boolean => path.startsWith('docker://');
  await visitFiles(
    places.paths.filter((path) => !isImage(path)),
    context.signal,
    visit,
  );
  for (const reference of places.paths.filter(isImage)) {
    await visitRegistryImage(reference, places, context, visit);
  }
  if (places.host) {
    const { visitHost } = await import('./scan-host.ts');
    await visitHost(context.signal, visit);
  }
  if (places.cluster) {
    const { visitCluster } = await import('./scan-cluster.ts');
    await visitCluster(places.cluster, context, visit);
  }
}

/** What {@link visitPlaces} visits, all together. */
export async function scanPlaces(places: Places, context: ScanContext): Promise<ScanOutcome> {
  const [binaries, problems]: [ScannedBinary[], ScanProblem[]] = [[], []];
  await visitPlaces(places, context, (found) => {
    if (isBinary(found)) binaries.push(found);
    else problems.push(found);
  });
  return { binaries, problems };
}
