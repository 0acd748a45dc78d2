import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { ReadOptions } from '@gofleet/identify/read-binary';
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

/** Who hears of progress, how a scan is stopped, and how much of a file is wanted. */
export interface ScanContext extends ReadOptions {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function visitRegistryImage(
  reference: string,
  { places, context }: { readonly places: Places; readonly context: ScanContext },
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

const isImage = (path: string): boolean => path.startsWith('docker://');
const tickMs = 1000;

/** Visits files, and tells every second how many finds there are, once it takes that long. */
async function visitPaths(
  paths: readonly string[],
  { progress, ...options }: ScanContext,
  visit: Visit,
): Promise<void> {
  let finds = 0;
  const tick = (): void => progress.report({ step: 'scanning', message: `${finds} finds so far` });
  const timer = setInterval(tick, tickMs);
  try {
    await visitFiles(paths, options, (found) => {
      finds += 1;
      visit(found);
    });
  } finally {
    clearInterval(timer);
  }
}

async function visitAll(places: Places, context: ScanContext, visit: Visit): Promise<void> {
  await visitPaths(
    places.paths.filter((path) => !isImage(path)),
    context,
    visit,
  );
  for (const reference of places.paths.filter(isImage)) {
    await visitRegistryImage(reference, { places, context }, visit);
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

/**
 * Visits what the Go programs in all places say of themselves. What reads a kind of place is loaded when one is given.
 * @throws `cli.interrupted`, and for a cluster what connecting to it throws
 */
export async function visitPlaces(places: Places, context: ScanContext, visit: Visit): Promise<void> {
  const { signal } = context;
  await visitAll(places, context, visit).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
  if (signal.aborted)
    throw new GofleetError('cli.interrupted', 'scan: interrupted before everything was read');
}

/** What {@link visitPlaces} visits, all together; of executables only what is to be printed: thousands as a whole burden the collector. */
export async function scanPlaces<T>(
  places: Places,
  context: ScanContext,
  keep: (binary: ScannedBinary) => T,
): Promise<ScanOutcome<T>> {
  const [binaries, problems]: [T[], ScanProblem[]] = [[], []];
  await visitPlaces(places, context, (found) => {
    if (isBinary(found)) binaries.push(keep(found));
    else problems.push(found);
  });
  return { binaries, problems };
}
