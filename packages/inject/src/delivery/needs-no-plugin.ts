import type { GoRuntime } from '../go-runtime.ts';

/** Whether artefacts reach the pods of a wish without the node plugin: it says so, or they are in a registry. */
export function needsNoPlugin({ spec, status }: GoRuntime): boolean {
  const { delivery = 'auto', mode } = spec;
  if (mode === 'libgo') return false;
  if (delivery !== 'auto') return delivery !== 'csi';
  const builds = status?.builds ?? [];
  return builds.length > 0 && builds.every(({ image }) => image !== undefined);
}
