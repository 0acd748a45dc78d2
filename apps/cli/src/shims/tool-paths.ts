import { join } from 'node:path';
import type { ShimTarget } from '@gofleet/resolve/shim/render-answer';
import { shimTools } from '@gofleet/resolve/shim/render-shim';

/** Where a shim of a name looks for what to run, in its order. */
export function toolPaths(folder: string, { version, goRoot }: ShimTarget, name: string): string[] {
  if (name === 'go' || name === 'gofmt') return [join(goRoot, 'bin', name)];
  return [version, 'last'].map((release) => join(folder, shimTools, release, name));
}
